package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// writePackage writes one for Debian and its like (deb) or for Fedora and its like (rpm). What it
// installs stays off until an operator enables it.
func (s *source) writePackage(out, format, machine string, installed []file) error {
	folder, err := os.MkdirTemp("", "attributed-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var contents files.Contents
	add := func(at, kind string, f file) error {
		path := filepath.Join(folder, filepath.Base(f.name))
		contents = append(contents, &files.Content{Source: path, Destination: at, Type: kind, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: f.mode, MTime: s.time}})
		return os.WriteFile(path, f.content, 0o600)
	}
	zsh := "/usr/share/zsh/site-functions/"
	if format == "deb" {
		zsh = "/usr/share/zsh/vendor-completions/"
	}
	places := map[string]string{
		"completions/attributed.bash": "/usr/share/bash-completion/completions/attributed",
		"completions/_attributed":     zsh + "_attributed",
		"completions/attributed.fish": "/usr/share/fish/vendor_completions.d/attributed.fish",
		"README.md":                   "/usr/share/doc/attributed/README.md",
		"CHANGELOG.md":                "/usr/share/doc/attributed/CHANGELOG.md",
		"LICENSE":                     "/usr/share/doc/attributed/copyright",
		"THIRD-PARTY-LICENSES.txt":    "/usr/share/doc/attributed/THIRD-PARTY-LICENSES.txt",
		"attributed":                  "/usr/bin/attributed",
	}
	for _, f := range installed {
		if err := add(places[f.name], files.TypeFile, f); err != nil {
			return err
		}
	}
	unit, err := os.ReadFile(filepath.Join(s.root, "deploy/attributed.service"))
	if err != nil {
		return err
	}
	environment, err := os.ReadFile(filepath.Join(s.root, "deploy/attributed.env"))
	if err != nil {
		return err
	}
	if err := add("/usr/lib/systemd/system/attributed.service", files.TypeFile, file{"attributed.service", unit, 0o644}); err != nil {
		return err
	}
	if err := add("/etc/attributed/attributed.env", files.TypeConfigNoReplace, file{"attributed.env", environment, 0o600}); err != nil {
		return err
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "attributed", Arch: machine, Version: s.version, Release: "1", Section: "net", MTime: s.time,
		Maintainer: "The attributed authors", Vendor: "The attributed authors", License: "MIT",
		Description: "Serves Lightdash's user attributes API\nOn SQLite or PostgreSQL, from Lightdash's own OpenAPI spec. It is not made or\nendorsed by Lightdash's authors.",
		Overridables: nfpm.Overridables{Contents: contents, Scripts: nfpm.Scripts{
			PostInstall: filepath.Join(s.root, "deploy/postinstall.sh"),
			PreRemove:   filepath.Join(s.root, "deploy/preremove.sh"),
			PostRemove:  filepath.Join(s.root, "deploy/postremove.sh"),
		}, RPM: nfpm.RPM{BuildHost: "localhost"}}, // or the same commit gave other bytes on another machine
	})
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	var written bytes.Buffer
	if err := packager.Package(info, &written); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, packager.ConventionalFileName(info)), written.Bytes(), 0o644)
}
