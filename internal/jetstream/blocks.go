package jetstream

import (
	"log/slog"
	"os"
	"path/filepath"
)

// blocks returns the sizes of the files that hold records.
func blocks(dir string) map[string]int64 {
	sizes := make(map[string]int64)
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	if err != nil { // the pattern is bad; the directory's name may make it so
		return nil
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			sizes[file] = info.Size()
		}
	}
	return sizes
}

// tellCuts logs which files a starting server made shorter. It cuts a file at
// the first record whose checksum is wrong, without a word: rightly where that
// is what a power cut tore, wrongly where the device damaged a record in the
// midst of others.
func tellCuts(log *slog.Logger, dir string, before map[string]int64) {
	after := blocks(dir)
	for file, size := range before {
		if now, ok := after[file]; ok && now < size {
			log.Error("jetstream: the end of a file of records could not be read and was cut off; "+
				"it held what was being written when the process ended, unless the device is damaged",
				"file", file, "bytes", size, "cut", size-now)
		}
	}
}

// dropUnmade removes streams that a process was killed in the midst of making:
// without a complete description and without a record. The server would refuse
// them for ever. It returns how many there were.
func dropUnmade(log *slog.Logger, dir string) int {
	streams, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*"))
	if err != nil {
		return 0
	}
	dropped := 0
	for _, stream := range streams {
		if hasBytes(filepath.Join(stream, "meta.inf")) && hasBytes(filepath.Join(stream, "meta.sum")) || hasRecords(stream) {
			continue
		}
		if err := os.RemoveAll(stream); err != nil {
			log.Error("jetstream: a half made stream without records cannot be removed", "stream", stream, "error", err)
			continue
		}
		log.Warn("jetstream: a half made stream without records was removed; its maker was killed", "stream", stream)
		dropped++
	}
	return dropped
}

func hasBytes(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Size() > 0
}

// hasRecords also says so of what cannot be looked at.
func hasRecords(stream string) bool {
	files, err := os.ReadDir(filepath.Join(stream, "msgs"))
	if os.IsNotExist(err) {
		return false
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || info.Size() > 0 {
			return true
		}
	}
	return err != nil
}
