package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// file is one that is handed out.
type file struct {
	name    string
	content []byte
	mode    os.FileMode
}

// source is the tree that is released.
type source struct {
	root      string
	version   string    // as Go has it: a tag of the commit, or else v0.0.0, its time and its hash; with +dirty where the tree is not the commit's
	commit    string    // its hash
	time      time.Time // of the commit: what all files that are handed out say
	documents []file
}

func readSource(root string) (*source, error) {
	s := &source{root: root}
	commit, err := s.output(nil, "git", "log", "-1", "--format=%H %ct")
	if err != nil {
		return nil, err
	}
	hash, seconds, _ := strings.Cut(strings.TrimSpace(string(commit)), " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return nil, err
	}
	s.commit, s.time = hash, time.Unix(unix, 0).UTC()
	s.version = fmt.Sprintf("v0.0.0-%s-%.12s", s.time.Format("20060102150405"), hash)
	if tag, err := s.output(nil, "git", "describe", "--tags", "--exact-match", "--match", "v[0-9]*"); err == nil {
		s.version = strings.TrimSpace(string(tag))
	}
	changed, err := s.output(nil, "git", "status", "--porcelain")
	if err != nil {
		return nil, err
	}
	if len(changed) > 0 {
		s.version += "+dirty"
	}
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		s.documents = append(s.documents, file{name, content, 0o644})
	}
	return s, nil
}

// output runs a program in the tree, and returns what it prints.
func (s *source) output(variables []string, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = s.root, append(os.Environ(), variables...)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, problem.Bytes())
	}
	return output, nil
}

// build compiles the program for a system and a kind of machine. It needs nothing of the system, and
// tells nothing of where it was built.
func (s *source) build(system, machine, folder string) (file, error) {
	name := "attributed"
	if system == "windows" {
		name += ".exe"
	}
	if system != "linux" { // the image has Linux's alone
		temporary, err := os.MkdirTemp("", "attributed-release-")
		if err != nil {
			return file{}, err
		}
		defer os.RemoveAll(temporary)
		folder = temporary
	}
	path := filepath.Join(folder, name)
	_, err := s.output([]string{"CGO_ENABLED=0", "GOFLAGS=", "GOOS=" + system, "GOARCH=" + machine}, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.releasedVersion="+s.version+" -X main.releasedCommit="+s.commit, "-o", path, "./cmd/attributed")
	if err != nil {
		return file{}, err
	}
	content, err := os.ReadFile(path)
	return file{name, content, 0o755}, err
}

// completions are what shells complete commands and flags by.
func (s *source) completions() ([]file, error) {
	var files []file
	for _, shell := range []struct{ name, file string }{{"bash", "attributed.bash"}, {"fish", "attributed.fish"}} {
		content, err := s.output(nil, "go", "run", "./cmd/attributed", "completion", shell.name)
		if err != nil {
			return nil, err
		}
		files = append(files, file{"completions/" + shell.file, content, 0o644})
	}
	// zsh finds what it completes by in a file of a form of its own.
	content, err := os.ReadFile(filepath.Join(s.root, "deploy", "_attributed"))
	return append(files, file{"completions/_attributed", content, 0o644}), err
}

// inventory writes what modules are in a program, in the form of CycloneDX. It has a checksum of the
// tool that wrote it, which is to be the same wherever that was built.
func (s *source) inventory(program []byte, path string) error {
	folder, err := os.MkdirTemp("", "attributed-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, "attributed")
	if err := os.WriteFile(binary, program, 0o700); err != nil {
		return err
	}
	_, err = s.output([]string{"GOFLAGS=-trimpath"}, "go", "-C", "deploy/release", "tool", "cyclonedx-gomod", "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", s.version, "-output", path, binary)
	return err
}
