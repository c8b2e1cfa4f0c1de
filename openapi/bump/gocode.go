package bump

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"slices"
	"strings"
	"sync"

	"attributed/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// generating keeps two calls of oapi-codegen apart, which keeps its state in variables.
var generating sync.Mutex

// generateGo gives the Go code of a mended slice, as gen/ has it but without the overlay.
func generateGo(slice *openapi.Spec) (code string, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			code, err = "", fmt.Errorf("oapi-codegen breaks down: %v", broken)
		}
	}()
	if err := generatable(slice); err != nil {
		return "", err
	}
	spec, err := loaded(slice)
	if err != nil {
		return "", err
	}
	generating.Lock()
	defer generating.Unlock()
	return codegen.Generate(spec, codegen.Configuration{
		PackageName: "gen",
		Generate:    codegen.GenerateOptions{Models: true, EchoServer: true, Strict: true},
		// It is parsed and no more; to format it would ask for a Go toolchain.
		OutputOptions: codegen.OutputOptions{SkipFmt: true},
	}.UpdateDefaults())
}

// loaded gives a slice as kin-openapi's type; nothing outside of it is read.
func loaded(slice *openapi.Spec) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	spec := &openapi3.T{}
	// The loader would read it as YAML, and compare each name in an object with each other one.
	if err := json.Unmarshal(slice.Bare().Root.Encode(), spec); err != nil {
		return nil, err
	}
	return spec, loader.ResolveRefsIn(spec, nil)
}

// declaration is a declaration of generated code.
type declaration struct {
	text    string // without comments
	comment string
	fields  []string // of a struct or an interface, in order
}

// goDifference is a declaration that differs.
type goDifference struct {
	name, kind, detail string // kind is added, removed, changed or comment
}

// compareGo tells how two files of generated code differ, but for what they embed of the spec.
func compareGo(before, after string) ([]goDifference, error) {
	was, err := declarations(before)
	if err != nil {
		return nil, fmt.Errorf("old code: %w", err)
	}
	is, err := declarations(after)
	if err != nil {
		return nil, fmt.Errorf("new code: %w", err)
	}
	var found []goDifference
	names := maps.Clone(was)
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, had := was[name]
		b, has := is[name]
		switch {
		case !had:
			found = append(found, goDifference{name, "added", "it is new"})
		case !has:
			found = append(found, goDifference{name, "removed", "it is gone; code that uses it must change"})
		case a.text != b.text:
			found = append(found, goDifference{name, "changed", fieldChanges(a.fields, b.fields)})
		case a.comment != b.comment:
			found = append(found, goDifference{name, "comment", "its comment differs"})
		}
	}
	return found, nil
}

// fieldChanges says what became of the fields of a struct or the methods of an interface.
func fieldChanges(was, is []string) string {
	texts := append(lacking("was ", was, is), lacking("is ", is, was)...)
	switch {
	case len(texts) > 0:
		return strings.Join(texts, "; ")
	case len(was) > 0 && !slices.Equal(was, is):
		return "its fields are in another order"
	}
	return "it is declared otherwise"
}

// lacking gives the fields that others lack, each after a word.
func lacking(word string, fields, others []string) []string {
	var texts []string
	known := slices.Sorted(slices.Values(others))
	for _, field := range fields {
		if _, found := slices.BinarySearch(known, field); !found {
			texts = append(texts, word+field)
		}
	}
	return texts
}

func declarations(code string) (map[string]declaration, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "gen.go", code, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	found := map[string]declaration{}
	for _, d := range file.Decls {
		comment := commentsIn(file, d)
		switch d := d.(type) {
		case *ast.FuncDecl:
			if embeds(d.Name.Name) {
				continue
			}
			found["func "+receiver(d)+d.Name.Name] = declaration{text: plain(d), comment: comment}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				for name, node := range named(spec) {
					if !embeds(name) {
						found[d.Tok.String()+" "+name] = declaration{plain(node), comment, fields(spec)}
					}
				}
			}
		}
	}
	return found, nil
}

// embeds tells that a declaration holds the spec itself, or leads to it.
func embeds(name string) bool { return strings.Contains(strings.ToLower(name), "swaggerspec") }

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	return strings.TrimPrefix(plain(d.Recv.List[0].Type), "*") + "."
}

func named(spec ast.Spec) map[string]ast.Node {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return map[string]ast.Node{spec.Name.Name: spec}
	case *ast.ValueSpec:
		all := map[string]ast.Node{}
		for _, name := range spec.Names {
			all[name.Name] = spec
		}
		return all
	}
	return nil
}

func fields(spec ast.Spec) []string {
	t, ok := spec.(*ast.TypeSpec)
	if !ok {
		return nil
	}
	var list *ast.FieldList
	switch kind := t.Type.(type) {
	case *ast.StructType:
		list = kind.Fields
	case *ast.InterfaceType:
		list = kind.Methods
	default:
		return nil
	}
	var all []string
	for _, field := range list.List {
		text := plain(field.Type)
		for _, name := range field.Names {
			text = name.Name + " " + text
		}
		if field.Tag != nil {
			text += " " + field.Tag.Value
		}
		all = append(all, strings.Join(strings.Fields(text), " "))
	}
	return all
}

// plain writes a node in one form, without comments.
func plain(node ast.Node) string {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			n.Doc, n.Comment = nil, nil
		case *ast.TypeSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.ValueSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.FuncDecl:
			n.Doc = nil
		}
		return true
	})
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), node); err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func commentsIn(file *ast.File, d ast.Decl) string {
	var texts []string
	for _, group := range file.Comments {
		if group.End() <= d.End() && group.Pos() >= d.Pos() {
			texts = append(texts, group.Text())
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		texts = append(texts, d.Doc.Text())
	case *ast.GenDecl:
		texts = append(texts, d.Doc.Text())
	}
	return strings.Join(texts, "\n")
}
