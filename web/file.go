package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// File is an answer to GET and HEAD that stays the same while the program runs. It has a strong
// ETag, and comes compressed to clients that take gzip.
type File struct {
	content func() io.ReadSeeker
	hash    string // hexadecimal SHA-256 of content
	header  http.Header
	zipped  func() []byte // at the first request that takes it: most files are never asked for
}

// NewFile returns content as a file of a media type.
func NewFile(mediaType string, content []byte) *File {
	return newFile(mediaType, func() io.ReadSeeker { return bytes.NewReader(content) })
}

// newFile is for content whose reading has no errors, as that of memory has none.
func newFile(mediaType string, content func() io.ReadSeeker) *File {
	sum := sha256.New()
	io.Copy(sum, content())
	return &File{
		content: content,
		hash:    hex.EncodeToString(sum.Sum(nil)),
		header:  http.Header{"Content-Type": {mediaType}, "Vary": {"Accept-Encoding"}},
		zipped:  sync.OnceValue(func() []byte { return compress(content()) }),
	}
}

func compress(content io.Reader) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	io.Copy(w, content) // to memory: it has no errors
	w.Close()
	return zipped.Bytes()
}

// ServeHTTP answers with the file, or with 304 where the client has it.
func (f *File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	for name, values := range f.header {
		header[name] = values
	}
	body, tag := f.content(), f.hash
	if takesGzip(r.Header) {
		zipped := f.zipped()
		body, tag = bytes.NewReader(zipped), f.hash+"-gzip" // other bytes are another version (RFC 9110, section 8.8.3)
		header.Set("Content-Encoding", "gzip")
		header.Set("Content-Length", strconv.Itoa(len(zipped)))
	}
	header.Set("ETag", `"`+tag+`"`)
	if r.Header.Get("Range") != "" { // a server may ignore it, and none here is too long to send whole
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", time.Time{}, body)
}

// takesGzip reports whether the client names gzip among its encodings, other than with the
// weight 0, which refuses it (RFC 9110, section 12.5.3).
func takesGzip(header http.Header) bool {
	for coding := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, weight, weighted := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";q=")
		if strings.EqualFold(name, "gzip") {
			q, err := strconv.ParseFloat(weight, 64)
			return !weighted || err == nil && q > 0
		}
	}
	return false
}
