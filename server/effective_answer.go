package server

import (
	"net/http"

	"attributed/gen"
	"attributed/store"
)

// effectiveAnswer is the answer of GetUserAttributeValues: what the generated one would write, by
// hand as a list is, since it is asked for each time that somebody looks at a dashboard.
type effectiveAnswer struct{ attributes []store.EffectiveAttribute }

// What is written below, see user_attribute_answer.go.
var (
	_ = struct {
		Results []gen.EffectiveUserAttribute
		Status  gen.ApiUserAttributeValuesResponseStatus
	}(gen.ApiUserAttributeValuesResponse{})
	_ = struct {
		Name              string
		UserAttributeUuid string
		Values            []gen.EffectiveValue
	}(gen.EffectiveUserAttribute{})
	_ = struct {
		GroupUuid *string
		Source    gen.EffectiveValueSource
		Value     string
	}(gen.EffectiveValue{})
)

// VisitGetUserAttributeValuesResponse writes the answer. Its version, conditional makes.
func (a effectiveAnswer) VisitGetUserAttributeValuesResponse(w http.ResponseWriter) error {
	b := append(make([]byte, 0, 64+192*len(a.attributes)), `{"results":[`...)
	for i, attribute := range a.attributes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEffective(b, attribute)
	}
	w.WriteHeader(http.StatusOK) // the Content-Type is the envelope's
	_, err := w.Write(append(b, `],"status":"ok"}`+"\n"...))
	return err
}

func appendEffective(b []byte, a store.EffectiveAttribute) []byte {
	b = appendMember(b, `{"name":`, a.Name)
	b = appendPlainMember(b, `,"userAttributeUuid":`, a.UserAttributeUUID)
	b = append(b, `,"values":[`...)
	opening := `{`
	for _, value := range a.Values {
		if value.GroupUUID != "" {
			b = appendPlainMember(b, opening+`"groupUuid":`, value.GroupUUID)
			opening = `,`
		}
		b = appendPlainMember(b, opening+`"source":`, string(value.Source))
		b = append(appendMember(b, `,"value":`, value.Value), '}')
		opening = `,{`
	}
	return append(b, `]}`...)
}
