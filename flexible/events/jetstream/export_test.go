package jetstream

import "time"

// AuditEvery sets how often a queue looks for damaged records, before Work.
func AuditEvery(q *Queue, d time.Duration) { q.auditEvery = d }
