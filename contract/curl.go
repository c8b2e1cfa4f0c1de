package contract

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxShown is the largest body that a curl line holds: a shell takes no longer ones.
const maxShown = 100 << 10

// bodyFile stands for a body that a curl line does not hold.
const bodyFile = "@body.json"

// beyond gives a body of which no more than a part is shown, up to a limit; "" where all of it is.
func beyond(body []byte, shown, limit int) string {
	if len(body) <= shown {
		return ""
	}
	return string(body[:min(len(body), limit)])
}

// curl is the line that sends a call again, in a shell where TOKEN is set.
func (one call) curl(base string) string {
	var line strings.Builder
	line.WriteString("curl -sS -i")
	switch {
	case one.method == "HEAD":
		line.WriteString(" -I") // with -X it would wait for a body
	case one.method != "GET" || one.body != nil:
		line.WriteString(" -X " + one.method)
	}
	target := base + one.path
	if len(one.query) > 0 {
		target += "?" + one.query.Encode()
	}
	line.WriteString(" " + quote(target))
	if one.as.token != "" {
		line.WriteString(" " + one.curlToken())
	}
	if one.contentType != "" {
		line.WriteString(" -H " + quote("Content-Type: "+one.contentType))
	} else if one.body != nil {
		line.WriteString(" -H 'Content-Type:'")
	}
	for name, values := range one.header {
		for _, value := range values {
			line.WriteString(" -H " + quote(name+": "+value))
		}
	}
	for _, cookie := range one.cookies {
		line.WriteString(" -b " + quote(cookie.String()))
	}
	switch {
	case one.body == nil:
	case len(one.body) > maxShown:
		line.WriteString(" --data-binary " + bodyFile)
	default:
		line.WriteString(" --data-binary " + quote(string(one.body)))
	}
	return line.String()
}

func (one call) curlToken() string {
	in, name, value := one.tokenPlace("$" + one.as.name)
	switch in {
	case "query":
		return "-G -d " + fmt.Sprintf(`"%s=%s"`, name, value)
	case "cookie":
		return fmt.Sprintf(`-b "%s=%s"`, name, value)
	}
	return fmt.Sprintf(`-H "%s: %s"`, name, value)
}

// quote makes a text one word of a shell.
func quote(text string) string {
	plain := utf8.ValidString(text) && bytes.IndexFunc([]byte(text), func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfeff }) < 0
	if plain {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var word strings.Builder
	word.WriteString("$'")
	for _, b := range []byte(text) {
		switch {
		case b == '\'' || b == '\\':
			word.WriteString(`\` + string(rune(b)))
		case b < ' ' || b >= 0x7f:
			fmt.Fprintf(&word, `\x%02x`, b)
		default:
			word.WriteByte(b)
		}
	}
	return word.String() + "'"
}

// replay is the shell line that sends calls one after the other. What the first of
// them creates gets another id each time: id is the one that it had.
func replay(base string, calls []call, id, idName string) string {
	var lines []string
	bound := false
	for i, one := range calls {
		line := one.curl(base)
		if id != "" && bound {
			line = strings.ReplaceAll(line, "/"+id+"/", `/'"$ID"'/`) // a number alone may be in anything
			line = strings.ReplaceAll(line, "/"+id+"'", `/'"$ID"''`)
			line = strings.ReplaceAll(line, "/"+id+"?", `/'"$ID"'?`)
		}
		if i == 0 && len(calls) > 1 && id != "" {
			bound = true
			line = fmt.Sprintf(`ID=$(%s | sed -n 's/.*"%s": *"\{0,1\}\([^",}]*\).*/\1/p')`, line, idName)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}
