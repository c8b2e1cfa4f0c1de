package openapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"attributed/openapi/tree"
)

// MaxSize is the largest spec that is read, after decompression.
const MaxSize = 50_000_000

// Spec is an OpenAPI 3.0 document as it was written, which need not be valid.
type Spec struct {
	Root *tree.Value
}

// Read reads a spec in JSON or YAML, gzipped or not. Its errors are one sentence that
// says what is wrong and where.
func Read(data []byte) (*Spec, error) {
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	return &Spec{root}, supported(root)
}

// parse reads JSON or YAML, gzipped or not.
func parse(data []byte) (*tree.Value, error) {
	data, err := decompress(data)
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSize { // before anything is taken off, since no more than that was read
		return nil, fmt.Errorf("it is larger than %d MB", MaxSize/1_000_000)
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF")))
	var root *tree.Value
	switch {
	case len(data) == 0:
		return nil, errors.New("it is empty")
	case !utf8.Valid(data):
		return nil, errors.New("it is not UTF-8")
	case data[0] == '<':
		return nil, fmt.Errorf("it is HTML or XML, not JSON or YAML: it starts with %q", start(data))
	case data[0] == '{':
		if root, err = tree.ParseJSON(data); err == nil {
			break
		}
		if braces, noYAML := tree.ParseYAML(data); noYAML == nil { // YAML may start like JSON
			root, err = braces, nil
		}
	default:
		root, err = tree.ParseYAML(data)
	}
	return root, err
}

func start(data []byte) string {
	line, _, _ := strings.Cut(string(data[:min(len(data), 60)]), "\n")
	return strings.ToValidUTF8(line, "")
}

func decompress(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("it starts like a gzip file and is none: %w", err)
	}
	data, err = io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("its compression is broken after %d bytes of content: %w", len(data), err)
	}
	return data, nil
}

// supported returns an error unless root is an OpenAPI 3.0 document.
func supported(root *tree.Value) error {
	version := root.Get("openapi")
	switch {
	case !root.Is(tree.Object):
		return errors.New("it is no OpenAPI document: its root is not an object")
	case version == nil && root.Get("swagger") != nil:
		return fmt.Errorf("it is OpenAPI 2 (/swagger is %s), which is not supported: only 3.0 is", shown(root.Get("swagger")))
	case version == nil:
		return errors.New("it is no OpenAPI document: it has no /openapi")
	case strings.HasPrefix(version.Str(), "3.0"):
	case strings.HasPrefix(version.Str(), "3.1"): // where it is, ReadAny has put it as 3.0 says it
		return fmt.Errorf("OpenAPI %s (/openapi) is not supported yet by oapi-codegen, which writes gen/: only 3.0 is", shown(version))
	case strings.HasPrefix(version.Str(), "3."):
		return fmt.Errorf("OpenAPI %s (/openapi) is not supported yet: 3.0 is, and in a spec that is not taken into the tree what of 3.1 can be said in 3.0", shown(version))
	default:
		return fmt.Errorf("/openapi is %s: only OpenAPI 3.0 is supported", shown(version))
	}
	if !root.Get("paths").Is(tree.Object) {
		return errors.New("it has no operations: /paths is missing or not an object")
	}
	if components := root.Get("components"); components != nil {
		if components.Kind != tree.Object {
			return errors.New("/components is not an object")
		}
		for _, section := range components.Members {
			if section.Value.Kind != tree.Object && !strings.HasPrefix(section.Name, "x-") {
				return fmt.Errorf("/components/%s is not an object", escape(section.Name))
			}
		}
	}
	return nil
}

// shown words a value for an error: a text or number itself, else its kind.
func shown(v *tree.Value) string {
	switch {
	case v.Is(tree.Object):
		return "an object"
	case v.Is(tree.Array):
		return "an array"
	case len(v.Literal()) > 40:
		return fmt.Sprintf("%.40s…", strings.Trim(v.Literal(), `"`))
	}
	return strings.Trim(v.Literal(), `"`)
}
