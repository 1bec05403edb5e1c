package auth

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultCertificateCheck is how often the files of a certificate are read
// where nothing else is configured.
const DefaultCertificateCheck = time.Minute

// CertificateFilesConfig configures [CertificateFiles]. CertFile and KeyFile
// must be set; the zero value is refused.
type CertificateFilesConfig struct {
	// CertFile and KeyFile are paths of PEM files: the chain with the leaf
	// first, and its private key.
	CertFile, KeyFile string
	// CheckEvery is the least time between two looks at the files; the
	// default is DefaultCertificateCheck.
	CheckEvery time.Duration
	// Logger is told of every change, and of every change that could not be
	// used; the default is slog.Default().
	Logger *slog.Logger
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// CertificateFiles is a server's certificate that follows its files. A pair
// that cannot be used, because it is half written, does not belong together
// or has expired, leaves the last good one in place and is reported once. It
// is safe for concurrent use and needs no goroutine: handshakes look at the
// files when the time has come, one at a time, while the others go on with
// what there is.
type CertificateFiles struct {
	cfg     CertificateFilesConfig
	current atomic.Pointer[tls.Certificate]

	mu       sync.Mutex // held by the handshake that looks
	checked  time.Time
	cert     []byte // the content that was last looked at
	key      []byte
	reported error // the trouble that the log has last been told of
}

// NewCertificateFiles reads the files, and fails if they hold no good pair.
func NewCertificateFiles(cfg CertificateFilesConfig) (*CertificateFiles, error) {
	if cfg.CertFile == "" || cfg.KeyFile == "" {
		return nil, errors.New("auth: certificate file and key file must be named")
	}
	if cfg.CheckEvery < 0 {
		return nil, fmt.Errorf("auth: certificate check is every %v, need a positive time", cfg.CheckEvery)
	}
	if cfg.CheckEvery == 0 {
		cfg.CheckEvery = DefaultCertificateCheck
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	f := &CertificateFiles{cfg: cfg, checked: cfg.Now()}
	if err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

// GetCertificate returns the current certificate; it fits
// tls.Config.GetCertificate and never fails.
func (f *CertificateFiles) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if f.mu.TryLock() {
		if now := f.cfg.Now(); now.Sub(f.checked) >= f.cfg.CheckEvery || now.Before(f.checked) {
			f.checked = now
			f.reload()
		}
		f.mu.Unlock()
	}
	return f.current.Load(), nil
}

func (f *CertificateFiles) reload() {
	err := f.load()
	switch {
	case err == nil:
		f.reported = nil
	case f.reported == nil || f.reported.Error() != err.Error():
		f.reported = err
		f.cfg.Logger.Error("server certificate not reloaded, the old one stays", "error", err)
	}
}

// load takes the files over if they have changed and are good.
func (f *CertificateFiles) load() error {
	certPEM, err := os.ReadFile(f.cfg.CertFile)
	if err != nil {
		return fmt.Errorf("auth: certificate file: %w", err)
	}
	keyPEM, err := os.ReadFile(f.cfg.KeyFile)
	if err != nil {
		return fmt.Errorf("auth: key file: %w", err)
	}
	if bytes.Equal(certPEM, f.cert) && bytes.Equal(keyPEM, f.key) {
		return nil
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return errors.New("auth: certificate and key are no pair of PEM files")
	}
	if now := f.cfg.Now(); now.After(pair.Leaf.NotAfter) {
		return fmt.Errorf("auth: server certificate expired at %s", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	first := f.current.Swap(&pair) == nil
	f.cert, f.key = certPEM, keyPEM
	if !first {
		f.cfg.Logger.Info("server certificate reloaded",
			"serial", pair.Leaf.SerialNumber.String(), "expires", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}
