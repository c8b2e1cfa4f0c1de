package contract_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/openapi"
)

// TestServerSaysWhoAnswers: what a server says of itself takes out of the check only what it may, and nothing unseen.
func TestServerSaysWhoAnswers(t *testing.T) {
	tests := []struct {
		name, base string
		says       string // of removeNote
		others     string // of the others
		operations []string
		refused    string
		noted      string
	}{
		{name: "itself", says: "real", others: "real"},
		{name: "in a word of its own", says: "elsewhere", others: "elsewhere"},
		{name: "another one", says: "none", others: "real", noted: "(x-attributed: none): removeNote"},
		{name: "another one, under a prefix", base: "/v2/api", says: "proxy", others: "real", noted: "(x-attributed: proxy): removeNote"},
		{name: "nobody", says: "none", others: "none", refused: "answers none of the operations itself"},
		{name: "another one, named", says: "none", others: "real", operations: []string{"listNotes", "removeNote"}, refused: "does not answer removeNote itself (x-attributed: none)"},
		{name: "another one, not named", says: "none", others: "real", operations: []string{"listNotes"}, noted: "(x-attributed: none): removeNote"},
		{name: "mocks alone", says: "mock", others: "mock", noted: "4 operations are mocks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			servers := `[{"url":"/` + strings.TrimPrefix(tt.base, "/") + `"}]`
			own, behind := notebookSpec(t, servers), notes(t, tt.base)
			for _, item := range own.Paths.Map() {
				for _, op := range item.Operations() {
					says := tt.others
					if op.OperationID == "removeNote" {
						says = tt.says
					}
					op.Extensions = map[string]any{openapi.Answered: says}
				}
			}
			description := Answering(200, string(Marshal(own)))
			url := Listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tt.base+"/openapi.json" {
					description.ServeHTTP(w, r)
					return
				}
				behind.ServeHTTP(w, r)
			}))
			result, err := contract.Check(t.Context(), contract.Config{URL: url, Spec: notebookSpec(t, servers), Operations: tt.operations, Cases: 2, Seed: 1})
			if tt.refused != "" {
				if !errors.Is(err, contract.ErrUntestable) || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("%v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if text := TextOf(t, result); !strings.Contains(text, tt.noted) || tt.noted == "" && strings.Contains(text, openapi.Answered) {
				t.Error(text)
			}
		})
	}
}
