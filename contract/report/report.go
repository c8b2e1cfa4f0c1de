// Package report has what is found of a server, and how that is written: as text, JSON or JUnit's
// XML, and as a list of what is accepted.
package report

import (
	"encoding/json"
	"io"
	"slices"
	"time"
)

// Class says what kind of promise a [Finding] breaks.
type Class string

// The classes of findings, the worst first.
const (
	ForeignData        Class = "foreign-data"        // another organization's data is shown or can be changed
	TokenUnchecked     Class = "token-unchecked"     // an answer to somebody without a good token
	UpdateLost         Class = "update-lost"         // an update was answered as done, and is not stored
	NotStored          Class = "not-stored"          // what was created cannot be read
	ValueChanged       Class = "value-changed"       // another value is answered or stored than was sent
	SideEffect         Class = "side-effect"         // a refused request, or one about something else, changed something
	NotRemoved         Class = "not-removed"         // what was removed is still there
	ServerError        Class = "server-error"        // 5xx, whatever was sent
	NoAnswer           Class = "no-answer"           // none in time, or the connection was cut
	BrokenBody         Class = "broken-body"         // truncated, without end, or not JSON
	ErrorAsSuccess     Class = "error-as-success"    // an error in a body whose status says that all is well
	FaultAccepted      Class = "fault-accepted"      // a request that the spec rules out was taken for good
	ValidRefused       Class = "valid-refused"       // a request that the spec allows was refused
	Precondition       Class = "precondition"        // versions and conditions (ETag, If-Match) do not work
	Idempotency        Class = "idempotency"         // a call that came again with its Idempotency-Key was carried out again, or another with that key was taken
	List               Class = "list"                // a list lacks, repeats or misrepresents what is there
	Schema             Class = "schema"              // the body of a success is not as its schema says
	Header             Class = "header"              // a header that the spec requires is missing or wrong
	ContentType        Class = "content-type"        // missing, or not one that the spec lists
	UndocumentedStatus Class = "undocumented-status" // the spec lists other statuses for this; default alone covers it
	ErrorShape         Class = "error-shape"         // the body of an error is not as its schema says

	RequestInvalid   Class = "request-invalid"   // of a proxy: a client's request that the spec rules out
	UnknownOperation Class = "unknown-operation" // of a proxy: a request that the spec does not have
)

// worst lists the classes, the worst first. One that it lacks comes last.
var worst = []Class{
	ForeignData, TokenUnchecked, UpdateLost, NotStored, ValueChanged, SideEffect, NotRemoved, ServerError, NoAnswer, BrokenBody,
	ErrorAsSuccess, FaultAccepted, ValidRefused, Precondition, Idempotency, List, Schema, Header, ContentType, UndocumentedStatus, ErrorShape,
	RequestInvalid, UnknownOperation,
}

// rank is a class's place among the worst.
func (c Class) rank() int {
	if i := slices.Index(worst, c); i >= 0 {
		return i
	}
	return len(worst)
}

// Finding is one way in which the server breaks the contract, told once however
// many cases met it.
type Finding struct {
	Class     Class  `json:"class"`
	Operation string `json:"operation"` // operationId, or method and path where there is none
	Fault     string `json:"fault"`     // in a sentence
	Expected  string `json:"expected"`
	Got       string `json:"got"`
	Place     string `json:"place"` // in the spec, a JSON pointer
	Curl      string `json:"curl"`  // shows it again, in a shell where TOKEN is set
	Cases     int    `json:"cases"` // that met it

	// Cause tells the finding from others of its class and operation. It is the same in
	// each run, where Fault and Got tell of the first case that met it.
	Cause string `json:"cause"`

	Sent   string `json:"sent,omitempty"`   // the request's body, where Curl is too short for it
	Answer string `json:"answer,omitempty"` // the answer's body, where Got is too short for it; up to 1 MiB
}

// Report is what came out of a check or of a proxy.
type Report struct {
	URL        string         `json:"url"`
	Spec       string         `json:"spec"` // title and version
	Seed       uint64         `json:"seed"`
	Operations map[string]int `json:"operations"` // how many answers of each were held against the spec
	Requests   int            `json:"requests"`
	Unchecked  int            `json:"unchecked,omitempty"` // of a proxy: bodies passed on unchecked, since they are too large or in an unknown encoding
	Unjudged   int            `json:"unjudged,omitempty"`  // of the notes, how many tell of what was not judged
	Seconds    float64        `json:"seconds"`
	Findings   []Finding      `json:"findings"`
	Known      []Finding      `json:"known,omitempty"`  // that were accepted; see [Report.Accept]
	Mended     []Accepted     `json:"mended,omitempty"` // that were accepted, and not found
	Notes      []string       `json:"notes,omitempty"`  // what was not checked, or was left behind, and why
}

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer) error { return writeIndented(w, r) }

func writeIndented(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// Took notes how long the check went on.
func (r *Report) Took(since time.Time) {
	r.Seconds = time.Since(since).Round(time.Millisecond).Seconds()
}
