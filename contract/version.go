package contract

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// versions are what each read had under each strong ETag, by a hash: one tag is one content
// (RFC 9110, 8.8.1).
type versions map[string][sha256.Size]byte

// problem is what an answer's status and version say that cannot be, nil if that is nothing.
func (seen versions) problem(a *wire.Answer, value any) *spec.Problem {
	tag, promise := a.Head.Get("ETag"), a.Op.Promised(a.Status)
	switch {
	case a.Status == http.StatusNotModified && !a.HasHeader("If-None-Match") && promise != nil && promise.Documented:
		return &spec.Problem{Class: report.Precondition, Key: "304", Fault: "answers 304 to a request without a condition", Expected: a.Op.Documented(), Got: spec.StatusText(a.Status)}
	case !a.OK() || a.Method != http.MethodGet || value == nil || !strings.HasPrefix(tag, `"`) || !a.Op.TellsVersion():
		return nil
	}
	key, hash := strings.Join([]string{a.As.Token, a.Path, a.Query.Encode(), tag}, " "), sha256.Sum256([]byte(canonical(value)))
	if was, there := seen[key]; there && was != hash {
		return &spec.Problem{Class: report.Precondition, Key: "tag", Fault: "tells the same version of what has changed", Expected: "another than " + tag, Got: tag + spec.ExcerptAfter(a.Body)}
	}
	seen[key] = hash
	return nil
}

// canonical is a value as text, its arrays sorted: in which order a list comes says nothing.
func canonical(value any) string {
	var parts []string
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			parts = append(parts, canonical(element))
		}
	case map[string]any:
		for name, member := range v {
			parts = append(parts, strconv.Quote(name)+":"+canonical(member))
		}
	default:
		return fmt.Sprintf("%#v", value)
	}
	slices.Sort(parts)
	return fmt.Sprintf("%T(%s)", value, strings.Join(parts, ","))
}
