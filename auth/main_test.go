package auth_test

import (
	"os"
	"testing"

	"github.com/cxhook/cxhook/internal/refusal"
)

func TestMain(m *testing.M) { os.Exit(refusal.Main(m)) }
