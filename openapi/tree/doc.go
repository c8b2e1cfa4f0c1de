// Package tree has JSON values that stay as they were written: the order of an object's
// members, and each number and text. It reads them from JSON and YAML, and writes JSON. It
// knows nothing of OpenAPI, but for what counts as equal in [Value.Canonical].
package tree
