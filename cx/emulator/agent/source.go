package agent

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Limits of what is read from an archive.
const (
	MaxFiles     = 200_000   // files in one export
	MaxFileBytes = 256 << 20 // of one file
	MaxBytes     = 1 << 30   // of all files together
)

// ErrNotExport reports files that hold no exported agent.
var ErrNotExport = errors.New("agent: no exported agent: there is no agent.json")

// file is one file of an export. Its path is relative to the export's root.
type file struct {
	path string
	data []byte
}

// OpenFile loads an export from the file system: a folder, or a zip or tar
// archive (also compressed by gzip), told apart by their content.
func OpenFile(name string) (*Agent, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	if info.IsDir() {
		return Load(os.DirFS(name))
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	a, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// Read loads an export from the bytes of a zip or tar archive.
func Read(archive []byte) (*Agent, error) {
	var files []file
	var err error
	switch {
	case bytes.HasPrefix(archive, []byte("PK")):
		files, err = unzip(archive)
	case bytes.HasPrefix(archive, []byte{0x1f, 0x8b}):
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(archive)); err == nil {
			files, err = untar(r)
		}
	default:
		files, err = untar(bytes.NewReader(archive))
		if errors.Is(err, tar.ErrHeader) && len(files) == 0 {
			err = fmt.Errorf("neither a zip nor a tar archive: %w", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	return load(files)
}

// Load loads an export from a file system whose root is the export, or a
// folder around it.
func Load(fsys fs.FS) (*Agent, error) {
	var files []file
	budget := budget{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir // a repository's own folders
		case d.IsDir() || !wanted(p):
			return nil
		}
		data, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		files = append(files, file{p, data})
		return budget.take(p, int64(len(data)))
	})
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	return load(files)
}

// wanted reports whether a file can belong to the parts of an export that are
// read.
func wanted(p string) bool {
	return strings.HasSuffix(p, ".json") && !strings.Contains(p, "__MACOSX/") && !strings.HasPrefix(path.Base(p), "._")
}

// budget bounds what is taken out of an archive.
type budget struct {
	files int
	bytes int64
}

func (b *budget) take(name string, n int64) error {
	b.files++
	b.bytes += n
	switch {
	case b.files > MaxFiles:
		return fmt.Errorf("export has more than %d files", MaxFiles)
	case n > MaxFileBytes:
		return fmt.Errorf("file %q is over %d bytes", name, int64(MaxFileBytes))
	case b.bytes > MaxBytes:
		return fmt.Errorf("export is over %d bytes", int64(MaxBytes))
	}
	return nil
}

func unzip(archive []byte) ([]file, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	var files []file
	var b budget
	for _, f := range r.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if f.FileInfo().IsDir() || !wanted(name) {
			continue
		}
		rc, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("file %q: %w", name, err)
		}
		data, err := readBounded(rc)
		rc.Close()
		if err == nil {
			err = b.take(name, int64(len(data)))
		}
		if err != nil {
			return nil, fmt.Errorf("file %q: %w", name, err)
		}
		files = append(files, file{path.Clean(name), data})
	}
	return files, nil
}

func untar(r io.Reader) ([]file, error) {
	t := tar.NewReader(r)
	var files []file
	var b budget
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg || !wanted(h.Name) {
			continue
		}
		data, err := readBounded(t)
		if err == nil {
			err = b.take(h.Name, int64(len(data)))
		}
		if err != nil {
			return nil, fmt.Errorf("file %q: %w", h.Name, err)
		}
		files = append(files, file{path.Clean(h.Name), data})
	}
}

func readBounded(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
}

// rooted cuts what stands around the export: the folder of the agent.json
// that lies nearest to the root.
func rooted(files []file) ([]file, error) {
	root, found := "", false
	for _, f := range files {
		if path.Base(f.path) != "agent.json" {
			continue
		}
		dir := path.Dir(f.path)
		if !found || strings.Count(dir, "/") < strings.Count(root, "/") || dir == "." {
			root, found = dir, true
		}
	}
	if !found {
		return nil, ErrNotExport
	}
	if root == "." {
		return files, nil
	}
	files = slices.DeleteFunc(files, func(f file) bool { return !strings.HasPrefix(f.path, root+"/") })
	for i := range files {
		files[i].path = strings.TrimPrefix(files[i].path, root+"/")
	}
	return files, nil
}
