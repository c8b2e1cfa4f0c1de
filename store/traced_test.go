package store_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// TestASpanHasTheKindOfAnErrorAndNotItsText: the text may quote a value. What the store does for
// nobody's span has none.
func TestASpanHasTheKindOfAnErrorAndNotItsText(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	s, err := store.OpenTraced(t.Context(), storetest.PostgresURL(t), slog.New(slog.DiscardHandler), provider)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if made := spans.GetSpans(); len(made) > 0 {
		t.Errorf("to open it made %v", made)
	}
	ctx, span := provider.Tracer("test").Start(t.Context(), "a call")
	_, err = store.Read(ctx, s, `SELECT CAST(lower('M4RK3D') AS integer)`)
	span.End()
	if err == nil || !strings.Contains(err.Error(), "22P02") { // which PostgreSQL tells with the text
		t.Fatalf("the error is %v", err)
	}
	for _, made := range spans.GetSpans() {
		told := fmt.Sprint(made.Name, made.Status, made.Attributes, made.Events)
		if strings.Contains(told, "m4rk3d") || made.Name == "SELECT" && !strings.Contains(told, "22P02") {
			t.Errorf("the span %s tells %s", made.Name, told)
		}
	}
	if made := spans.GetSpans(); len(made) != 2 {
		t.Errorf("%d spans, want the call's and its statement's: %v", len(made), made)
	}
}

// TestATracedListIsTheSame: its rows are read in another way than where no spans are made.
func TestATracedListIsTheSame(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, s)
	description := "d"
	mustCreate(t, s, organization, store.Draft{Name: "bare", Defaults: []string{"a", "b"}})
	mustCreate(t, s, organization, store.Draft{Name: "whole", Description: &description, Users: addUsers(t, s, 3),
		Groups: []store.GroupValue{{GroupUUID: store.DemoGroupUUID, Values: []string{"v", `"`}}}})
	plain, err := store.Open(t.Context(), storetest.URL(s), slog.New(slog.DiscardHandler)) // whose statements no test looks at: that is the traced one's way
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	want, err := plain.ListUserAttributes(t.Context(), organization)
	if err != nil {
		t.Fatal(err)
	}
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	traced, err := store.OpenTraced(t.Context(), storetest.URL(s), slog.New(slog.DiscardHandler), provider)
	if err != nil {
		t.Fatal(err)
	}
	defer traced.Close()
	ctx, span := provider.Tracer("test").Start(t.Context(), "a call")
	got, err := traced.ListUserAttributes(ctx, organization)
	span.End()
	if diff := cmp.Diff(want, got); err != nil || diff != "" || len(got) != 2 {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if made := spans.GetSpans(); len(made) != 2 {
		t.Errorf("%d spans, want the call's and its statement's: %v", len(made), made)
	}
}
