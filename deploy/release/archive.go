package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// writeArchive writes files into one that a system's people can open: .zip on Windows, else .tar.gz.
func writeArchive(out, name, system string, files []file, modified time.Time) error {
	var archive bytes.Buffer // whose writing has no errors
	if system == "windows" {
		w := zip.NewWriter(&archive)
		for _, f := range files {
			header := &zip.FileHeader{Name: name + "/" + f.name, Method: zip.Deflate, Modified: modified}
			header.SetMode(f.mode)
			content, err := w.CreateHeader(header)
			if err != nil {
				return err
			}
			if _, err := content.Write(f.content); err != nil {
				return err
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(out, name+".zip"), archive.Bytes(), 0o644)
	}
	zipped := gzip.NewWriter(&archive)
	w := tar.NewWriter(zipped)
	for _, f := range files {
		header := &tar.Header{Name: name + "/" + f.name, Mode: int64(f.mode), Size: int64(len(f.content)), ModTime: modified, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, name+".tar.gz"), archive.Bytes(), 0o644)
}

// writeCertificates writes the authorities that an image trusts, which has no system to ask: Mozilla's,
// in the version of the module that has them. Those that it trusts in part alone are left out.
func writeCertificates(path string) error {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// writeSums writes checksums of all files, as sha256sum checks them.
func writeSums(out string) error {
	var sums bytes.Buffer
	err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(out, path)
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), sums.Bytes(), 0o644)
}
