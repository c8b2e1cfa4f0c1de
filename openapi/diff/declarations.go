package diff

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// declaration is a declaration of generated code.
type declaration struct {
	text    string // without comments
	comment string
	fields  []string // of a struct or an interface, in order
}

// GoDifference is a declaration of generated code that differs.
type GoDifference struct {
	Name    string // as in "type Body" or "func Server.Do"
	Kind    string // added, removed, changed or comment
	Detail  string
	Was, Is []string // the fields that differ of a struct that both have, as they are declared
}

// CompareGo returns how two files of generated code differ, but for what they embed of the
// spec. It returns an error where one of the two is no Go.
func CompareGo(before, after string) ([]GoDifference, error) {
	was, err := declarations(before)
	if err != nil {
		return nil, fmt.Errorf("old code: %w", err)
	}
	is, err := declarations(after)
	if err != nil {
		return nil, fmt.Errorf("new code: %w", err)
	}
	var found []GoDifference
	names := maps.Clone(was)
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, had := was[name]
		b, has := is[name]
		switch {
		case !had:
			found = append(found, GoDifference{Name: name, Kind: "added", Detail: "it is new"})
		case !has:
			found = append(found, GoDifference{Name: name, Kind: "removed", Detail: "it is gone; code that uses it must change"})
		case a.text != b.text:
			found = append(found, fieldChanges(name, a.fields, b.fields))
		case a.comment != b.comment:
			found = append(found, GoDifference{Name: name, Kind: "comment", Detail: "its comment differs"})
		}
	}
	return found, nil
}

// fieldChanges returns how the fields of a struct or the methods of an interface differ.
func fieldChanges(name string, was, is []string) GoDifference {
	d := GoDifference{Name: name, Kind: "changed", Detail: "it is declared otherwise", Was: lacking(was, is), Is: lacking(is, was)}
	var texts []string
	for _, field := range d.Was {
		texts = append(texts, "was "+field)
	}
	for _, field := range d.Is {
		texts = append(texts, "is "+field)
	}
	switch {
	case len(texts) > 0:
		d.Detail = strings.Join(texts, "; ")
	case len(was) > 0 && !slices.Equal(was, is):
		d.Detail = "its fields are in another order"
	}
	return d
}

// lacking returns the fields that others lack.
func lacking(fields, others []string) []string {
	var all []string
	known := slices.Sorted(slices.Values(others))
	for _, field := range fields {
		if _, found := slices.BinarySearch(known, field); !found {
			all = append(all, field)
		}
	}
	return all
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

// embeds reports whether a declaration holds the spec itself, or leads to it.
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
