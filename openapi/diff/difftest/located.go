package difftest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// Located returns a spec with operations that are alike, each told as "put /things/{id} update".
func Located(t *testing.T, operations []string) []byte {
	t.Helper()
	paths := Object{}
	for _, line := range operations {
		words := append(strings.Fields(line), "")
		item, _ := paths[words[1]].(Object)
		if item == nil {
			item = Object{}
			for _, name := range regexp.MustCompile(`\{(.*)\}`).FindAllStringSubmatch(words[1], -1) {
				item["parameters"] = []any{Object{"in": "path", "name": name[1], "required": true, "schema": Object{"type": "string"}}}
			}
			paths[words[1]] = item
		}
		item[words[0]] = Over(Answering(Object{"type": "string"}), Object{"operationId": words[2]})
		if words[2] == "" {
			delete(item[words[0]].(Object), "operationId")
		}
	}
	data, err := json.Marshal(Object{"openapi": "3.0.0", "info": Object{"title": "test", "version": "1"}, "paths": paths})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
