package rollout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/honehq/hone/otel"
)

// Log tells notices in the log: as warnings what a person should look at.
type Log struct{ Logger *slog.Logger }

// Name implements Notifier.
func (Log) Name() string { return "log" }

// Notify implements Notifier. It never fails.
func (l Log) Notify(ctx context.Context, n Notice) error {
	level := slog.LevelInfo
	if n.Kind.Alarming() {
		level = slog.LevelWarn
	}
	l.Logger.Log(ctx, level, n.Text, "notice", n.ID, "kind", string(n.Kind), "agent", n.Agent, "round", n.Round, "rollout", n.Rollout) //nolint:sloglint // the notice is the message
	return nil
}

// Metric counts notices by agent and kind.
type Metric struct{}

// Name implements Notifier.
func (Metric) Name() string { return "metric" }

// Notify implements Notifier. It never fails.
func (Metric) Notify(ctx context.Context, n Notice) error {
	otel.RecordNotice(ctx, n.Agent, string(n.Kind))
	return nil
}

// Webhook posts each notice as JSON to a URL, which may hold a secret and is
// never told to anyone. Redirects are not followed.
type Webhook struct {
	url    string
	client *http.Client
}

// webhookTime bounds one request.
const webhookTime = 10 * time.Second

// NewWebhook returns the webhook at an http or https URL.
func NewWebhook(address string) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the webhook's URL must be http:// or https:// and name a host")
	}
	return &Webhook{address, &http.Client{
		Timeout:       webhookTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name implements Notifier.
func (*Webhook) Name() string { return "webhook" }

// Notify implements Notifier. Any status of 2xx will do; others of 3xx and 4xx
// are refusals, but for 408, 425 and 429.
func (w *Webhook) Notify(ctx context.Context, n Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("webhook: no request can be made of its URL")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "hone")
	r.Header.Set("Idempotency-Key", n.ID)
	resp, err := w.client.Do(r)
	if err != nil {
		return fmt.Errorf("webhook: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	switch s := resp.StatusCode; {
	case s/100 == 2:
		return nil
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests:
		return fmt.Errorf("webhook: it answered %d", s)
	default:
		return fmt.Errorf("webhook: it answered %d: %w", s, ErrRefused)
	}
}

// withoutURL is what went wrong, without the URL.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
