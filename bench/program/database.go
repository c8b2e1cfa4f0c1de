package program

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"attributed/store"
)

// Fill brings an empty database to the newest schema, puts the demo organization into it
// and returns a token of its admin, which is good for a day.
func Fill(ctx context.Context, url string) (token string, err error) {
	s, err := store.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	defer s.Close()
	if err := s.MigrateUp(ctx); err != nil {
		return "", err
	}
	if err := s.LoadDemo(ctx); err != nil {
		return "", err
	}
	return s.CreateToken(ctx, store.DemoEmail, "bench", time.Now().Add(24*time.Hour))
}

// Proxy starts a proxy before the database at a postgres:// URL, which lets everything through
// until it gets toxics, and returns it with the database's URL through it.
func Proxy(database string) (p *toxiproxy.Proxy, through string, err error) {
	to, err := url.Parse(database)
	if err != nil {
		return nil, "", err
	}
	p = toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "database", "127.0.0.1:0", to.Host)
	if err := p.Start(); err != nil {
		return nil, "", err
	}
	to.Host = p.Listen
	return p, to.String(), nil
}
