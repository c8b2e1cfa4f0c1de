package contract

import (
	"encoding/json"
	"io"
	"time"
)

// Class says what kind of promise a [Finding] breaks.
type Class string

// The classes of findings.
const (
	UndocumentedStatus Class = "undocumented-status" // the spec lists other statuses for this; default alone covers it
	ServerError        Class = "server-error"        // 5xx, whatever was sent
	ValidRefused       Class = "valid-refused"       // a request that the spec allows was refused
	FaultAccepted      Class = "fault-accepted"      // a request that the spec rules out was taken for good
	ErrorAsSuccess     Class = "error-as-success"    // an error in a body whose status says that all is well
	TokenUnchecked     Class = "token-unchecked"     // an answer to somebody without a good token
	ContentType        Class = "content-type"        // missing, or not one that the spec lists
	Schema             Class = "schema"              // the body of a success is not as its schema says
	ErrorShape         Class = "error-shape"         // the body of an error is not as its schema says
	Header             Class = "header"              // a header that the spec requires is missing or wrong
	BrokenBody         Class = "broken-body"         // truncated, without end, or not JSON
	NoAnswer           Class = "no-answer"           // none in time, or the connection was cut
	ValueChanged       Class = "value-changed"       // another value is answered or stored than was sent
	UpdateLost         Class = "update-lost"         // an update was answered as done, and is not stored
	NotStored          Class = "not-stored"          // what was created cannot be read
	NotRemoved         Class = "not-removed"         // what was removed is still there
	List               Class = "list"                // a list lacks, repeats or misrepresents what is there
	SideEffect         Class = "side-effect"         // a refused request, or one about something else, changed something
	ForeignData        Class = "foreign-data"        // another organization's data is shown or can be changed
	Precondition       Class = "precondition"        // versions and conditions (ETag, If-Match) do not work

	RequestInvalid   Class = "request-invalid"   // of a proxy: a client's request that the spec rules out
	UnknownOperation Class = "unknown-operation" // of a proxy: a request that the spec does not have
)

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
	Notes      []string       `json:"notes,omitempty"` // what was not checked, or was left behind, and why
}

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func (r *Report) took(since time.Time) {
	r.Seconds = time.Since(since).Round(time.Millisecond).Seconds()
}
