package wire

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
)

// MaxShown is the largest body that a curl line holds: a shell takes no longer ones.
const MaxShown = 100 << 10

// Curl is the line that sends a call again, in a shell where TOKEN is set.
func (one Call) Curl(base string) string {
	var line strings.Builder
	line.WriteString("curl -sS -i")
	switch {
	case one.Method == "HEAD":
		line.WriteString(" -I") // with -X it would wait for a body
	case one.Method != "GET" || one.Body != nil:
		line.WriteString(" -X " + one.Method)
	}
	target := base + one.Path
	if len(one.Query) > 0 {
		target += "?" + one.Query.Encode()
	}
	line.WriteString(" " + report.Quote(target))
	if one.As.Token != "" {
		line.WriteString(" " + one.curlToken())
	}
	if one.ContentType != "" {
		line.WriteString(" -H " + report.Quote("Content-Type: "+one.ContentType))
	} else if one.Body != nil {
		line.WriteString(" -H 'Content-Type:'")
	}
	for name, values := range one.header {
		for _, value := range values {
			line.WriteString(" -H " + report.Quote(name+": "+value))
		}
	}
	for _, cookie := range one.cookies {
		line.WriteString(" -b " + report.Quote(cookie.String()))
	}
	switch {
	case one.Body == nil:
	case len(one.Body) > MaxShown:
		line.WriteString(" --data-binary " + report.BodyFile)
	default:
		line.WriteString(" --data-binary " + report.Quote(string(one.Body)))
	}
	return line.String()
}

func (one Call) curlToken() string {
	place, token := one.tokenPlace(), "$"+one.As.Name
	switch {
	case place.In == openapi3.ParameterInQuery:
		return fmt.Sprintf(`-G -d "%s=%s"`, place.Name, token)
	case place.In == openapi3.ParameterInCookie:
		return fmt.Sprintf(`-b "%s=%s"`, place.Name, token)
	case place.Basic && one.As.Scheme == "":
		return fmt.Sprintf(`-u "%s"`, token)
	case place.Basic:
		token = fmt.Sprintf(`$(printf %%s "%s" | base64 | tr -d '\n')`, token)
	}
	place.Basic = false
	return fmt.Sprintf(`-H "%s: %s"`, place.Name, place.Value(token))
}

// Replay is the shell line that sends calls one after the other. What the first of
// them creates gets another id each time: id is the one that it had.
func Replay(base string, calls []Call, id, idName string) string {
	var lines []string
	bound := false
	for i, one := range calls {
		line := one.Curl(base)
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
