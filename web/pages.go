// Package web has the pages that people open in a browser, with all that they are made of: no
// page loads anything from another host, and the program needs no file beside itself.
// What others wrote is in vendored/, with its licenses; make vendor brings it from the versions
// that package.json and its lockfile name.
package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"path"
	"strings"
)

//go:embed docs vendored
var embedded embed.FS

// DocsPath is where people read what the API is and try it.
const DocsPath = "/docs"

// policy lets a page load what this server has, and nothing else; no script or style may stand in
// the page itself. Swagger UI has its icons in data: URLs.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// hashed are the files whose addresses have their hash in them, so that browsers keep them for good.
// licenses are for those who ask what they have been sent.
var (
	hashed     = []string{"docs/page.css", "docs/page.js", "vendored/favicon-32x32.png", "vendored/swagger-ui.css", "vendored/swagger-ui-bundle.js"}
	licenses   = []string{"vendored/LICENSE", "vendored/NOTICE", "vendored/swagger-ui-bundle.js.LICENSE.txt"}
	mediaTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}
)

// Pages returns all that is served here, by path. It fails only where what is embedded does not
// fit together, which no configuration can change.
func Pages() (map[string]http.Handler, error) {
	pages := map[string]http.Handler{}
	addresses := map[string]string{} // of hashed files, below DocsPath
	for _, name := range hashed {
		file, err := embeddedFile(mediaTypes[path.Ext(name)], name)
		if err != nil {
			return nil, err
		}
		file.header.Set("Cache-Control", "public, max-age=31536000, immutable")
		extension := path.Ext(name)
		base := path.Base(name)
		addresses[base] = strings.TrimSuffix(base, extension) + "." + file.hash[:12] + extension
		pages[DocsPath+"/"+addresses[base]] = file
	}
	for _, name := range licenses {
		file, err := embeddedFile("text/plain; charset=utf-8", name)
		if err != nil {
			return nil, err
		}
		pages[DocsPath+"/"+path.Base(name)] = file
	}
	docs, err := page("docs/page.html", addresses)
	if err != nil {
		return nil, fmt.Errorf("docs page: %w", err)
	}
	pages[DocsPath] = docs
	return pages, nil
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

// page returns a page that names the hashed files by their addresses.
func page(name string, addresses map[string]string) (*File, error) {
	parsed, err := template.New(path.Base(name)).Option("missingkey=error").ParseFS(embedded, name)
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	if err := parsed.Execute(&html, addresses); err != nil {
		return nil, err
	}
	file := NewFile("text/html; charset=utf-8", html.Bytes())
	file.header.Set("Cache-Control", "no-cache")
	file.header.Set("Content-Security-Policy", policy)
	file.header.Set("Referrer-Policy", "no-referrer")
	return file, nil
}
