package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"attributed/store"
)

// versionOf is the strong entity tag (RFC 9110, section 8.8.3) of an attribute: a hash
// of all that is answered of it, so that whatever a client could see change is a new
// version, also an e-mail.
func versionOf(a store.UserAttribute) string { return entityTag(appendUserAttribute(roomFor(a), a)) }

// entityTag is a strong entity tag that is a hash of content.
func entityTag(content []byte) string {
	hash := sha256.Sum256(content)
	return `"` + hex.EncodeToString(hash[:16]) + `"`
}

// joinConditions makes one list of several If-Match headers, and of several If-None-Match,
// which mean the same (RFC 9110, section 5.3): the generated code takes only one. Of several
// idempotency keys, and positions, it makes what is none.
func joinConditions(h http.Header) {
	for _, name := range []string{"If-Match", "If-None-Match", keyHeader, positionHeader} {
		if lists := h.Values(name); len(lists) > 1 {
			h.Set(name, strings.Join(lists, ", "))
		}
	}
}

// ifMatch is what an If-Match header (RFC 9110, section 13.1.1) asks of the attribute
// that is to be changed: nothing where there is no header, or where any version will do.
// A weak tag, W/"…", is none of ours, and so never current.
func ifMatch(params changeParams) store.Precondition {
	header := params.IfMatch
	if header == nil || strings.TrimSpace(*header) == "*" {
		return nil
	}
	var versions []string
	for version := range strings.SplitSeq(*header, ",") {
		versions = append(versions, strings.TrimSpace(version))
	}
	return func(current store.UserAttribute) bool {
		return slices.Contains(versions, versionOf(current))
	}
}
