package openapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"attributed/openapi"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	const asJSON = `{"openapi": "3.0.0", "paths": {"/a": {}}}`
	for name, data := range map[string][]byte{
		"JSON":                []byte(asJSON),
		"JSON after a mark":   []byte("\uFEFF" + asJSON),
		"YAML in braces":      []byte("{openapi: '3.0.0', paths: {/a: {}}, ? " + strings.Repeat("x", 1100) + " : 1}"),
		"YAML":                []byte("openapi: 3.0.0\npaths:\n  /a: &a {}\nx-b: *a\n"),
		"gzipped":             gzipped(t, asJSON),
		"gzipped YAML":        gzipped(t, "openapi: 3.0.0\npaths: {/a: {}}"),
		"YAML after a marker": []byte("---\nopenapi: \"3.0.0\"\npaths: {/a: {}}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := openapi.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			if spec.Root.Get("openapi").Str() != "3.0.0" || spec.Root.At("paths", "/a") == nil {
				t.Errorf("%s", spec.Root.Encode())
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	whole := gzipped(t, `{"openapi": "3.0.0", "paths": {}}`)
	for name, tt := range map[string]struct {
		data []byte
		says string
	}{
		"an empty file":                 {nil, "it is empty"},
		"an empty gzip file":            {gzipped(t, " \n"), "it is empty"},
		"an empty YAML document":        {[]byte("# nothing\n"), "empty YAML document"},
		"HTML":                          {[]byte("<!DOCTYPE html><html>"), "HTML or XML"},
		"JSON that is cut off":          {[]byte(`{"openapi": "3.0.0", "paths": {"/a"`), "not valid JSON: unexpected EOF"},
		"JSON with something after it":  {[]byte(`{"openapi": "3.0.0"} {}`), "follows its end"},
		"a name twice":                  {[]byte(`{"openapi": "3.0.0", "openapi": "3.0.0"}`), `duplicate object member name "openapi"`},
		"JSON with a comma too many":    {[]byte(`{"openapi": "3.0.0",, "paths": {}}`), "not valid JSON"},
		"YAML that is none":             {[]byte("a: [\nb"), "neither JSON nor valid YAML"},
		"a long YAML name without ?":    {[]byte(strings.Repeat("a", 1100) + ": 1\nb: 2"), "a name of more than 1024 characters has to follow a question mark"},
		"two YAML documents":            {[]byte("openapi: 3.0.0\npaths: {}\n---\nopenapi: 3.0.0\npaths: {}\n"), "more than one YAML document"},
		"a YAML name twice":             {[]byte("a: 1\na: 2"), "twice"},
		"a YAML merge key":              {[]byte("a: &a {b: 1}\nc: {<<: *a}"), "merge key"},
		"a YAML alias of itself":        {[]byte("a: &a [*a]"), "nested more than 500"},
		"a YAML number that JSON lacks": {[]byte("a: .inf"), "no number that JSON has"},
		"a list":                        {[]byte("- a"), "its root is not an object"},
		"another JSON object":           {[]byte(`{"a": 1}`), "no /openapi"},
		"OpenAPI 2":                     {[]byte(`{"swagger": "2.0", "paths": {}}`), "OpenAPI 2 (/swagger is 2.0)"},
		"OpenAPI 3.1":                   {[]byte(`{"openapi": "3.1.0", "paths": {}}`), "OpenAPI 3.1.0 (/openapi) is not supported yet by oapi-codegen"},
		"OpenAPI 3.2":                   {[]byte(`{"openapi": "3.2.0", "paths": {}}`), "OpenAPI 3.2.0 (/openapi) is not supported yet: 3.0 is"},
		"OpenAPI 4":                     {[]byte(`{"openapi": "4.0.0", "paths": {}}`), "only OpenAPI 3.0"},
		"no paths":                      {[]byte(`{"openapi": "3.0.0"}`), "/paths is missing"},
		"components that are none":      {[]byte(`{"openapi": "3.0.0", "paths": {}, "components": {"schemas": []}}`), "/components/schemas is not an object"},
		"a depth without end":           {[]byte(`{"a":` + strings.Repeat("[", 600)), "nested more than 500"},
		"values without end":            {[]byte(`{"a":[` + strings.Repeat("0,", 4_100_000) + `0]}`), "more than 4000000 values"},
		"YAML values without end":       {[]byte("a: [" + strings.Repeat("0,", 4_100_000) + "0]"), "more than 4000000 values"},
		"a YAML bomb":                   {[]byte(bomb), "more than 4000000 values"},
		"more than 50 MB":               {[]byte(`{"a":"` + strings.Repeat("x", openapi.MaxSize) + `"}`), "larger than 50 MB"},
		"more than 50 MB gzipped":       {gzipped(t, `{"a":"`+strings.Repeat("x", openapi.MaxSize)+`"}`), "larger than 50 MB"},
		"gzip that is cut off":          {whole[:len(whole)-9], "compression is broken"},
		"what only starts like gzip":    {[]byte("\x1f\x8bhello"), "gzip"},
		"bytes that are no text":        {[]byte("{\"a\": \"\xff\"}"), "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openapi.Read(tt.data)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, tt.says)
			}
		})
	}
}
