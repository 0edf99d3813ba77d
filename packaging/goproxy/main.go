// Command goproxy puts a module into a folder that the go command can use as GOPROXY=file://FOLDER, and that any web
// server can offer as a module proxy.
//
//	goproxy FOLDER MODULE VERSION SOURCE TIME
//
// SOURCE is the folder with the module's files, all of which go in, but for other modules' below it. TIME is the
// commit's, in RFC 3339. The same files give the same bytes.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: goproxy FOLDER MODULE VERSION SOURCE TIME")
		os.Exit(2)
	}
	m := module.Version{Path: os.Args[2], Version: os.Args[3]}
	if err := publish(os.Args[1], m, os.Args[4], os.Args[5]); err != nil {
		fmt.Fprintf(os.Stderr, "goproxy: publish %s of %s: %v\n", m, os.Args[4], err)
		os.Exit(1)
	}
}

// publish writes the four files that the protocol of module proxies asks for.
func publish(folder string, m module.Version, source, committed string) error {
	at, err := time.Parse(time.RFC3339, committed)
	if err != nil {
		return err
	}
	goMod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return err
	}
	if err := check(goMod, m); err != nil {
		return err
	}
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return err
	}
	versions := filepath.Join(folder, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{m.Version, at.UTC()})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"list":            []byte(m.Version + "\n"),
		version + ".info": append(info, '\n'),
		version + ".mod":  goMod,
	} {
		if err := os.WriteFile(filepath.Join(versions, name), content, 0o644); err != nil {
			return err
		}
	}
	return pack(filepath.Join(versions, version+".zip"), m, source)
}

// check refuses what the go command would refuse later, or what its users cannot get: a replacement counts only in
// the main module.
func check(goMod []byte, m module.Version) error {
	f, err := modfile.Parse("go.mod", goMod, nil)
	if err != nil {
		return err
	}
	if f.Module == nil || f.Module.Mod.Path != m.Path {
		return fmt.Errorf("go.mod is of another module than %s", m.Path)
	}
	if len(f.Replace) > 0 {
		return fmt.Errorf("go.mod replaces %s, which those who use the module do not", f.Replace[0].Old.Path)
	}
	return nil
}

func pack(path string, m module.Version, source string) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := zip.CreateFromDir(out, m, source); err != nil {
		return err
	}
	return out.Close()
}
