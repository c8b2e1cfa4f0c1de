package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"attributed/contract/report"
)

// Problem is something wrong with one answer or request. Its key tells it from
// other problems of its class; what differs from case to case is no part of it.
type Problem struct {
	Class         report.Class
	Key           string
	Fault         string
	Expected, Got string
	Place         string
}

// StatusText returns a status with its name, as in 404 Not Found.
func StatusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// EncodeJSON returns a value as JSON, with markup as it is.
func EncodeJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(text.Bytes()), err
}

// Excerpt is a value on one short line.
func Excerpt(value any) string {
	text, err := EncodeJSON(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return Short(string(text))
}

// ExcerptAfter returns what a body begins with, to stand after its status in a sentence.
func ExcerptAfter(body []byte) string {
	if len(body) == 0 {
		return ", no body"
	}
	return ": " + Short(strings.Join(strings.Fields(strings.ToValidUTF8(string(body[:min(len(body), 1000)]), "�")), " "))
}

// MaxExcerpt is how many characters of a text are shown.
const MaxExcerpt = 160

// Short returns a text of at most [MaxExcerpt] characters, and a mark where it was cut.
func Short(text string) string {
	if runes := []rune(text); len(runes) > MaxExcerpt {
		return string(runes[:MaxExcerpt]) + "…"
	}
	return text
}
