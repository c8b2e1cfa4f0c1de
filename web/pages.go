// Package web has the pages that people open in a browser, with all that they are made of: no
// page loads anything from another host, and the program needs no file beside itself.
// What others wrote is in vendored/, with its licenses; make vendor brings it from the versions
// that package.json and its lockfile name.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed docs admin vendored
var embedded embed.FS

// Where the pages are.
const (
	DocsPath  = "/docs"  // where people read what the API is and try it
	AdminPath = "/admin" // where an admin of an organization sees and changes its attributes
)

// A policy lets a page load what this server has, and nothing else; no script or style may stand in
// the page itself. Swagger UI has its icons in data: URLs. On our own page no text can become HTML.
const (
	policy      = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	docsPolicy  = policy + "; img-src 'self' data:"
	adminPolicy = policy + "; require-trusted-types-for 'script'; trusted-types 'none'"
)

// What the pages load, as patterns of names. Licenses are for those who ask what they have been sent.
var (
	docsFiles  = []string{"docs/*.css", "docs/*.js", "vendored/*.png", "vendored/*.css", "vendored/*.js"}
	adminFiles = []string{"admin/*.css", "admin/*.js", "admin/*.svg"}
	licenses   = []string{"vendored/LICENSE", "vendored/NOTICE", "vendored/swagger-ui-bundle.js.LICENSE.txt"}
	mediaTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml"}
)

// Pages returns all that is served here, by path. It fails only where what is embedded does not
// fit together, which no configuration can change.
func Pages() (map[string]http.Handler, error) {
	pages := map[string]http.Handler{}
	if err := addPage(pages, DocsPath, "docs/page.html", docsPolicy, docsFiles); err != nil {
		return nil, fmt.Errorf("docs page: %w", err)
	}
	if err := addPage(pages, AdminPath, "admin/page.html", adminPolicy, adminFiles); err != nil {
		return nil, fmt.Errorf("admin page: %w", err)
	}
	for _, name := range licenses {
		file, err := embeddedFile("text/plain; charset=utf-8", name)
		if err != nil {
			return nil, err
		}
		pages[DocsPath+"/"+path.Base(name)] = file
	}
	return pages, nil
}

// addPage adds a page and what it loads. The files are in a folder that has the hash of them all for
// its name: browsers keep them for good, and modules find each other by the names that they have here.
func addPage(pages map[string]http.Handler, at, name, policy string, patterns []string) error {
	all := sha256.New()
	loaded := map[string]*File{} // by base name
	for _, pattern := range patterns {
		names, err := fs.Glob(embedded, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			file, err := embeddedFile(mediaTypes[path.Ext(name)], name)
			if err != nil {
				return err
			}
			file.header.Set("Cache-Control", "public, max-age=31536000, immutable")
			loaded[path.Base(name)] = file
			io.WriteString(all, name+file.hash) // to memory: it has no errors
		}
	}
	folder := at + "/" + hex.EncodeToString(all.Sum(nil))[:12]
	for base, file := range loaded {
		pages[folder+"/"+base] = file
	}
	page, err := newPage(name, policy, strings.TrimPrefix(folder, "/"))
	pages[at] = page
	return err
}

// embeddedFile returns what is embedded under a name as a file, which is read where it stands in
// the program: a copy would hold twice its size for as long as the program runs.
func embeddedFile(mediaType, name string) (*File, error) {
	if _, err := embedded.Open(name); err != nil {
		return nil, err
	}
	return newFile(mediaType, func() io.ReadSeeker {
		file, _ := embedded.Open(name)
		return file.(io.ReadSeeker) // as package embed promises
	}), nil
}

// newPage returns a page that names what it loads by its folder.
func newPage(name, policy, folder string) (*File, error) {
	parsed, err := template.ParseFS(embedded, name)
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	if err := parsed.Execute(&html, folder); err != nil {
		return nil, err
	}
	file := NewFile("text/html; charset=utf-8", html.Bytes())
	file.header.Set("Cache-Control", "no-cache")
	file.header.Set("Content-Security-Policy", policy)
	file.header.Set("Referrer-Policy", "no-referrer")
	return file, nil
}
