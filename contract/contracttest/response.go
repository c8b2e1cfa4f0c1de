package contracttest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
)

// Response is an answer that a layer may change before it is sent.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// AnswerOf sends a request to the real server.
func AnswerOf(next http.Handler, r *http.Request) *Response {
	w := httptest.NewRecorder()
	next.ServeHTTP(w, r)
	return &Response{w.Code, w.Header(), w.Body.Bytes()}
}

// Send writes the answer.
func (a *Response) Send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	w.Write(a.Body)
}

// OK reports whether the answer says that all went well.
func (a *Response) OK() bool { return a.Status < 300 }

// Object is a JSON object, in which numbers stay as they are.
type Object = map[string]any

// Unmarshal reads an object, nil if the text is none.
func Unmarshal(text []byte) Object {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var o Object
	if decoder.Decode(&o) != nil {
		return nil
	}
	return o
}

// Marshal writes a value as JSON.
func Marshal(o any) []byte {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return text
}

// Refusal is an error as the spec has it.
func Refusal(status int) *Response {
	return &Response{status, http.Header{"Content-Type": {"application/json"}}, Marshal(Object{
		"status": "error", "error": Object{"statusCode": status, "name": "SomeError", "message": "No.", "data": Object{}},
	})}
}
