package server_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func zip(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var gzipped = header("Content-Encoding", "gzip")

func TestBodyThatIsNotJSON(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	tests := []struct{ name, body, want string }{ // want follows "The request body "
		{"empty", "", "is empty."},
		{"only white space", " \n\t", "is empty."},
		{"only a byte order mark", "\ufeff", "is empty."},
		{"no JSON at all", secret, "is not JSON, at line 1, column 1."},
		{"a form", "name=" + secret, "is not JSON, at line 1, column 2."},
		{"a comma too many", "{\n  \"name\": \"ü\", }", "is not JSON, at line 2, column 14."},
		{"a member without quotes", `{who:1}`, "is not JSON, at line 1, column 2."},
		{"a member that is a number", `{1:1}`, "is not JSON, at line 1, column 2."},
		{"a comment", "// " + secret + "\n" + minimal, "is not JSON, at line 1, column 1."},
		{"single quotes", `{'name':1}`, "is not JSON, at line 1, column 2."},
		{"a line break in a string", "{\"name\":\"a\nb\"}", "is not JSON, at line 1, column 11."},
		{"a raw U+0000 in a string", "{\"name\":\"a\x00b\"}", "is not JSON, at line 1, column 11."},
		{"an unknown escape", `{"name":"\x"}`, "is not JSON, at line 1, column 10."},
		{"a lone surrogate escape", `{"name":"a\ud800"}`, "is not JSON, at line 1, column 11."},
		{"a lone low surrogate escape in an ignored field", `{"other":["\udc00"]}`, "is not JSON, at line 1, column 12."},
		{"surrogate escapes the wrong way round", `{"name":"\ude00\ud83d"}`, "is not JSON, at line 1, column 10."},
		{"a number with a leading zero", `{"name":01}`, "is not JSON, at line 1, column 10."},
		{"NaN", `{"name":NaN}`, "is not JSON, at line 1, column 9."},
		{"the wrong bracket", `{"users":[}`, "is not JSON, at line 1, column 11."},
		{"cut off in an object", `{"name":"` + secret + `"`, "ends before its JSON does, at line 1, column 17."},
		{"cut off in a string", `{"name":"` + secret, "ends before its JSON does, at line 1, column 16."},
		{"cut off in a literal", `{"name":tru`, "ends before its JSON does, at line 1, column 12."},
		{"cut off in a character", "{\"name\":\"\xc3", "ends before its JSON does, at line 1, column 11."},
		{"Latin-1", "{\"name\":\"\xe9\"}", "is not UTF-8, at line 1, column 10."},
		{"an encoded surrogate", "{\"name\":\"\xed\xa0\x80\"}", "is not UTF-8, at line 1, column 10."},
		{"not UTF-8 in an ignored field", "{\n\"other\":\"a\xff\"}", "is not UTF-8, at line 2, column 11."},
		{"UTF-16", "{\x00\"\x00", "is not JSON, at line 1, column 2."},
		{"a second value", minimal + "\n" + minimal, "has more after its JSON value, at line 2, column 1."},
		{"garbage at the end", minimal + secret, "has more after its JSON value, at line 1, column 71."},
		{"a comma at the end", minimal + ",", "has more after its JSON value, at line 1, column 71."},
		{"65 levels", deep, "nests deeper than 64 levels, at line 1, column 65."},
		{"65 levels in an ignored field", `{"other":` + deep[1:len(deep)-1] + `}`, "nests deeper than 64 levels, at line 1, column 73."},
		{"65 levels of objects", strings.Repeat(`{"a":`, 65), "nests deeper than 64 levels, at line 1, column 321."},
		{"a million levels", strings.Repeat("[", 1_000_000), "nests deeper than 64 levels, at line 1, column 65."},
		{"not JSON after what the schema would refuse", `{"name":"","description":"\u0000"`, "ends before its JSON does, at line 1, column 34."},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got := a.post(t, tt.body)
				got.want(t, http.StatusBadRequest, "ParameterError")
				if want := "The request body " + tt.want; got.message != want || len(got.data) != 0 {
					t.Errorf("got %s\nwant %q", got.body, want)
				}
			})
		}
		if n := a.rows(t); n != 0 {
			t.Errorf("%d rows left behind", n)
		}
	})
}

func TestMediaTypes(t *testing.T) {
	contentType := func(values ...string) func(*http.Request) { return header("Content-Type", values...) }
	encoding := func(values ...string) func(*http.Request) { return header("Content-Encoding", values...) }
	zipped := zip(t, minimal)
	tests := []struct {
		name string
		edit func(*http.Request)
		body string
		want int
	}{
		{"application/json", contentType("application/json"), minimal, 200},
		{"in capitals", contentType("Application/JSON"), minimal, 200},
		{"with charset utf-8", contentType("application/json; charset=utf-8"), minimal, 200},
		{"with charset UTF-8 in quotes", contentType(`application/json;charset="UTF-8"`), minimal, 200},
		{"with another parameter", contentType("application/json; profile=x"), minimal, 200},
		{"with another charset", contentType("application/json; charset=iso-8859-1"), minimal, 415},
		{"with an empty charset", contentType(`application/json; charset=""`), minimal, 415},
		{"with two charsets", contentType("application/json; charset=utf-8; charset=utf-16"), minimal, 415},
		{"with a broken parameter", contentType("application/json; charset"), minimal, 415},
		{"no content type", contentType(), minimal, 415},
		{"an empty content type", contentType(""), minimal, 415},
		{"two content types", contentType("application/json", "application/json"), minimal, 415},
		{"text/plain", contentType("text/plain"), minimal, 415},
		{"a form", contentType("application/x-www-form-urlencoded"), minimal, 415},
		{"another JSON", contentType("application/vnd.api+json"), minimal, 415},
		{"a list", contentType("application/json, text/plain"), minimal, 415},

		{"identity", encoding("identity"), minimal, 200},
		{"an empty encoding", encoding(""), minimal, 200},
		{"gzip", encoding("gzip"), zipped, 200},
		{"gzip in capitals", encoding("GZIP"), zipped, 200},
		{"gzip in two members", encoding("gzip"), zip(t, minimal[:20]) + zip(t, minimal[20:]), 200},
		{"br", encoding("br"), minimal, 415},
		{"deflate", encoding("deflate"), minimal, 415},
		{"gzip twice", encoding("gzip, gzip"), zip(t, zipped), 415},
		{"gzip twice, in two headers", encoding("gzip", "gzip"), zip(t, zipped), 415},
		{"gzip and identity", encoding("identity, gzip"), zipped, 415},

		{"gzip that is none", gzipped, minimal, 400},
		{"gzip of nothing at all", gzipped, "", 400},
		{"gzip cut off", gzipped, zipped[:len(zipped)-9], 400},
		{"gzip without its checksum", gzipped, zipped[:len(zipped)-8], 400},
		{"gzip with a wrong checksum", gzipped, zipped[:len(zipped)-8] + "12345678", 400},
		{"gzip with garbage after it", gzipped, zipped + secret, 400},
		{"gzip that nothing tells of", encoding(), zipped, 400},
		{"gzip of an empty body", gzipped, zip(t, ""), 400},
	}
	names := map[int]string{400: "ParameterError", 415: "UnsupportedMediaTypeError"}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				storetest.Exec(t, s, `DELETE FROM user_attributes`)
				a.post(t, tt.body, tt.edit).want(t, tt.want, names[tt.want])
			})
		}
	})
}

func TestSizeLimit(t *testing.T) {
	const limit = 2000
	padded := func(size int) string { return minimal + strings.Repeat(" ", size-len(minimal)) }
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	noise := func(size int) string { // does not shrink
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "%x", i*2654435761)
		}
		return b.String()[:size]
	}
	plain := func(r *http.Request) {}
	tests := []struct {
		name, body string
		edit       func(*http.Request)
		want       int
	}{
		{"exactly the limit", padded(limit), plain, 200},
		{"exactly the limit, of unknown length", padded(limit), chunked, 200},
		{"exactly the limit once unzipped", zip(t, padded(limit)), gzipped, 200},
		{"over the limit by its length", padded(limit + 1), plain, 413},
		{"over the limit, of unknown length", padded(limit + 1), chunked, 413},
		{"over the limit once unzipped", zip(t, padded(limit+1)), gzipped, 413},
		{"over the limit by far once unzipped", zip(t, padded(50<<20)), gzipped, 413},
		{"over the limit while still zipped", zip(t, noise(10*limit)), gzipped, 413},
		{"over the limit while still zipped, of unknown length", zip(t, noise(10*limit)), func(r *http.Request) { gzipped(r); chunked(r) }, 413},
	}
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{MaxBody: limit})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				storetest.Exec(t, s, `DELETE FROM user_attributes`)
				got := a.post(t, tt.body, tt.edit)
				if tt.want == 200 {
					got.want(t, 200, "")
					return
				}
				got.want(t, 413, "PayloadTooLargeError")
				if !strings.Contains(got.message, "2,000 bytes") {
					t.Errorf("%q does not name the limit", got.message)
				}
			})
		}
	})
}

func TestSizeLimitIsFiveMebibytesUnlessSaid(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		body := minimal + strings.Repeat(" ", 5<<20-len(minimal))
		a.post(t, body).want(t, 200, "")
		got := a.post(t, body+" ")
		got.want(t, 413, "PayloadTooLargeError")
		if want := "The request body must have at most 5.0 MiB (5,242,880 bytes)."; got.message != want {
			t.Errorf("message %q, want %q", got.message, want)
		}
	})
}

func TestBodyThatEndsBeforeItsLength(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		where, err := url.Parse(a.url)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", where.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n%s", attributes, a.token, minimal)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) || !bytes.Contains(answer, []byte("could not be read to its end")) || a.rows(t) != 0 {
			t.Errorf("got %s", answer)
		}
	})
}
