package agent

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/prompts"
)

// contract is what every prompt is bound by: how to cite, how to say that
// nothing was found. The parser of answers depends on it, so no rewrite may
// change it.
//
//go:embed contract.md
var contract string

// FirstPrompt is the prompt of a new agent: the one line that a team would
// write. Improving it is the rounds' work.
//
//go:embed firstprompt.md
var FirstPrompt string

var (
	errStopped   = errors.New("the caller stopped listening")
	errTimeLimit = errors.New("the time limit of the run was reached")
)

// Errors for questions that can't be meant.
var (
	ErrEmpty      = errors.New("the question is empty")
	ErrOtherAgent = errors.New("a thread goes on with the agent that it began with")
)

// run is one question on its way to an answer.
type run struct {
	*Agent
	backend Backend
	prompt  prompts.Prompt
	// values are what the prompt's variables stand for; instructions is the
	// text itself where the backend doesn't know the prompt.
	values       map[string]string
	instructions string
	given        bool // the caller gave the prompt: the backend need not know it
	sources      []string
	earlier      []Run             // of the thread, oldest first
	items        []json.RawMessage // the input of the next turn: the thread, then this question's own
	own          int               // where this question's own items begin
	calls        callMemory
	cites        citations
	usage        Usage
	spent        Usage // of that, by the try that failed
	elsewhere    Usage // of that, by agents that were asked
	askedFiles   []string
	emit         func(Event) error
}

// Ask runs a question and streams what happens, ending in Done or an error. An
// unknown thread or prompt is an error wrapping fs.ErrNotExist. The run is kept
// in the store, if there is one, whatever becomes of it; a question without text
// or in an unknown thread makes none.
func (a *Agent) Ask(ctx context.Context, q Question) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		answer, _, err := a.ask(ctx, q, func(e Event) error {
			if !yield(e, nil) {
				return errStopped
			}
			return nil
		})
		switch {
		case errors.Is(err, errStopped):
		case err != nil:
			yield(nil, err)
		default:
			yield(Done{answer}, nil)
		}
	}
}

// Answer is Ask without the stream.
func (a *Agent) Answer(ctx context.Context, q Question) (Answer, error) {
	for e, err := range a.Ask(ctx, q) {
		if err != nil {
			return Answer{}, err
		}
		if d, ok := e.(Done); ok {
			return d.Answer, nil
		}
	}
	return Answer{}, errors.New("the run ended without an answer")
}

// ask runs a question. The run is nil where none was made.
func (a *Agent) ask(ctx context.Context, q Question, emit func(Event) error) (_ Answer, r *run, err error) {
	start := time.Now()
	ctx, span := otel.InvokeAgent.Start(ctx, append(otel.AboutOf(ctx),
		otel.Operation.String("invoke_agent"), otel.AgentName.String(a.cfg.Name),
		otel.RequestModel.String(a.cfg.Model), otel.RunOrigin.String(string(q.Origin)))...)
	defer func() { end(span, err) }()
	otel.RecordQuestion(ctx, q.Text)
	q.Text = strings.TrimSpace(q.Text)
	earlier, err := a.admit(ctx, q)
	if err != nil {
		return Answer{}, nil, err
	}

	ctx = otel.WithCaller(ctx, otel.Caller{Agent: a.cfg.Name, Origin: string(q.Origin), Role: "agent"})
	defer otel.StartRun(ctx, a.cfg.Name, string(q.Origin))()

	// Whatever still runs when the caller has gone is told to stop.
	ctx, cancel := context.WithCancel(knowledge.WithAccess(ctx, q.Access))
	defer cancel()

	r = &run{Agent: a, backend: a.cfg.Backend, earlier: earlier, emit: a.counted(ctx, emit)}
	answer := Answer{
		ID: id.New("run_"), Thread: q.Thread, Agent: a.cfg.Name, Model: a.cfg.Model,
		Citations: []Citation{}, CreatedAt: start.UTC().Truncate(time.Microsecond), // as databases keep it
	}
	if answer.Thread == "" {
		answer.Thread = id.New("thr_")
	}
	ctx = asker{answer.Thread, q.Origin == FromEval}.within(ctx)
	if sc := span.SpanContext(); sc.HasTraceID() {
		answer.TraceID = sc.TraceID().String()
	}
	if err = r.prepare(ctx, q, answer.Thread); err == nil {
		answer.Prompt = PromptRef{r.prompt.ID, r.prompt.Version}
		err = r.answer(ctx, &answer)
	}
	answer.Usage = r.usage
	answer.Duration = time.Since(start).Seconds()
	describe(span, answer)
	if err == nil {
		otel.RecordMessage(ctx, otel.Message{Event: otel.Choice, Text: answer.Answer, FinishReason: string(answer.Status)})
	}
	if kept := r.keep(ctx, q, answer, err); kept != nil && err == nil {
		err = kept
	}
	r.measure(ctx, q, answer, err)
	return answer, r, err
}

// admit checks a question, and reads what it follows up.
func (a *Agent) admit(ctx context.Context, q Question) (earlier []Run, err error) {
	ctx, check := otel.StartCheck(ctx, "question")
	if q.Text == "" {
		err = ErrEmpty
	} else {
		earlier, err = a.thread(ctx, q)
	}
	if err != nil {
		check.Failed(otel.ErrorType(typed(err)))
		return nil, err
	}
	check.Passed()
	return earlier, nil
}

// thread reads the earlier runs that a question follows up.
func (a *Agent) thread(ctx context.Context, q Question) ([]Run, error) {
	if q.Thread == "" || a.cfg.Store == nil || q.Origin == FromAgent {
		return nil, nil
	}
	runs, err := a.cfg.Store.ThreadRuns(ctx, q.Thread, a.cfg.Limits.ThreadTurns)
	if err != nil {
		return nil, fmt.Errorf("thread %s: %w", q.Thread, err)
	}
	if n := len(runs); n > 0 && runs[n-1].Agent != a.cfg.Name { // whose documents this one may not know
		return nil, fmt.Errorf("thread %s is one of the agent %s, not of %s: %w", q.Thread, runs[n-1].Agent, a.cfg.Name, ErrOtherAgent)
	}
	return runs, nil
}

// prepare reads what a run starts from, prompt and sources, and puts the thread
// before the question.
func (r *run) prepare(ctx context.Context, q Question, thread string) (err error) {
	if r.prompt, err = r.choosePrompt(ctx, q, thread); err != nil {
		return err
	}
	r.given = q.Prompt != nil
	if err = r.use(ctx, r.cfg.Backend); err != nil {
		return err
	}
	r.items = append(r.items, message("developer", contract))
	if r.mayAsk() {
		r.items = append(r.items, message("developer", asking))
	}
	for i, earlier := range r.earlier {
		r.carry(earlier, i == len(r.earlier)-1)
	}
	r.own = len(r.items)
	r.items = append(r.items, message("user", q.Text))
	return nil
}

// choosePrompt is the caller's prompt, else the one that the thread gets.
func (r *run) choosePrompt(ctx context.Context, q Question, thread string) (prompts.Prompt, error) {
	if q.Prompt != nil {
		return *q.Prompt, nil
	}
	if byThread, ok := r.cfg.Prompts.(ThreadPrompts); ok && q.Origin != FromEval {
		return byThread.PromptFor(ctx, r.cfg.PromptID, thread)
	}
	return r.cfg.Prompts.InUse(ctx, r.cfg.PromptID)
}

// use makes a backend the one that answers.
func (r *run) use(ctx context.Context, b Backend) error {
	r.backend = b
	if err := r.fillIn(); err != nil {
		return err
	}
	return r.readSources(ctx)
}

// readSources reads what may be searched. A tool that writes may have added to
// it.
func (r *run) readSources(ctx context.Context) (err error) {
	if r.sources = nil; r.backend.Sources == nil {
		return nil
	}
	if r.sources, err = r.backend.Sources(ctx); err != nil {
		return fmt.Errorf("sources of agent %s: %w", r.cfg.Name, err)
	}
	return nil
}

// fillIn gives the prompt's variables their values: {{ today }} and {{ agent }}
// are those that there are.
func (r *run) fillIn() (err error) {
	known := map[string]string{"today": time.Now().UTC().Format(time.DateOnly), "agent": r.cfg.Name}
	r.values = map[string]string{}
	for _, name := range r.prompt.Variables {
		value, ok := known[name]
		if !ok {
			return fmt.Errorf("prompt %s@%d: {{ %s }} has no value; an agent knows {{ today }} and {{ agent }}: %w",
				r.prompt.ID, r.prompt.Version, name, prompts.ErrInvalid)
		}
		r.values[name] = value
	}
	r.instructions = ""
	if r.given || r.prompt.Version == 0 || r.backend.PromptText {
		r.instructions, err = prompts.Render(r.prompt, r.values)
	}
	return err
}

// answer drives the loop on the backend and, if that fails, on the fallback.
func (r *run) answer(ctx context.Context, answer *Answer) error {
	limited, cancel := context.WithTimeoutCause(ctx, r.cfg.Limits.Time, errTimeLimit)
	err := r.loop(limited, answer)
	timedOut := errors.Is(context.Cause(limited), errTimeLimit)
	cancel()
	if err == nil || ctx.Err() != nil || errors.Is(err, errStopped) {
		return err
	}
	if timedOut {
		err = fmt.Errorf("%w (%s)", errTimeLimit, r.cfg.Limits.Time)
	}
	if r.cfg.Fallback == nil || !failedOver(err) {
		return err
	}
	r.cfg.Logger.WarnContext(ctx, "the model failed; the fallback answers", "model", r.backend.Model, "error", err)
	trace.SpanFromContext(ctx).AddEvent("fallback", trace.WithAttributes(otel.ErrorKind.String(otel.ErrorType(typed(err)))))
	if other := r.use(ctx, *r.cfg.Fallback); other != nil {
		return errors.Join(err, other)
	}
	r.items = r.items[:r.own+1]
	r.calls = callMemory{}
	r.spent = r.usage
	if err := r.emit(restarted); err != nil {
		return err
	}
	limited, cancel = context.WithTimeoutCause(ctx, min(r.cfg.Limits.Time, 30*time.Second), errTimeLimit)
	defer cancel()
	if again := r.loop(limited, answer); again != nil {
		return errors.Join(err, again)
	}
	answer.Model = r.backend.Model
	answer.Status = Degraded
	answer.Note = fmt.Sprintf("The language model could not answer (%s). These are the best passages, quoted without it.", plain(err))
	return nil
}

// loop is the agent: ask the model, run the tools it calls, until it answers.
// At a limit it is asked once more without tools, to answer from what it has.
func (r *run) loop(ctx context.Context, answer *Answer) error {
	for n := 1; ; n++ {
		limit := r.limitReached(n)
		t, err := r.turn(ctx, n, limit)
		if err != nil {
			return err
		}
		r.items = append(r.items, t.output...)
		if len(t.calls) == 0 {
			return r.finish(ctx, answer, t, limit)
		}
		outputs, err := r.runTools(ctx, t.calls)
		if err != nil {
			return err
		}
		r.items = append(r.items, outputs...)
	}
}

// limitReached says which limit the next turn would pass, in words.
func (r *run) limitReached(turn int) string {
	l := r.cfg.Limits
	switch {
	case turn >= l.Turns:
		return fmt.Sprintf("The limit of %d turns was reached.", l.Turns)
	case r.usage.ToolCalls-r.spent.ToolCalls >= l.ToolCalls:
		return fmt.Sprintf("The limit of %d tool calls was reached.", l.ToolCalls)
	case r.usage.tokens()-r.spent.tokens() >= l.Tokens:
		return fmt.Sprintf("The limit of %d tokens was reached.", l.Tokens)
	}
	return ""
}

// finish turns the last turn's message into the answer.
func (r *run) finish(ctx context.Context, answer *Answer, t turn, limit string) error {
	text, notFound := cutNotFound(t.text)
	offset := len([]rune(t.text)) - len([]rune(text)) // what was cut stood in front
	r.checkCitations(ctx, func() { answer.Answer, answer.Citations = r.cites.render(text, t.annotations, offset) })
	_, check := otel.StartCheck(ctx, "answer")
	switch {
	case notFound:
		answer.Status = NotFound
		if answer.Answer == "" {
			answer.Answer = "I don't know: the documents don't say."
		}
	case answer.Answer == "":
		check.Failed("empty")
		return errNoAnswer
	default:
		answer.Status = Answered
	}
	var notes []string
	if limit != "" {
		notes = append(notes, limit+" The answer is from what was found until then.")
	}
	if t.incomplete != "" {
		notes = append(notes, "The answer was cut short: "+t.incomplete+".")
	}
	if len(notes) == 0 {
		check.Passed()
		return nil
	}
	answer.Status, answer.Note = Degraded, strings.Join(notes, " ")
	check.Failed("cut_short")
	return nil
}

// keep stores the run, even when the caller has gone.
func (r *run) keep(ctx context.Context, q Question, answer Answer, failure error) error {
	if r.cfg.Store == nil || q.Origin == FromEval || q.Origin == FromAgent {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	kept := Run{Answer: answer, Question: q.Text, Origin: q.Origin, Files: r.files()}
	if failure != nil {
		kept.Error = plain(failure)
	} else if len(r.items) > 0 {
		kept.Items, _ = json.Marshal(r.items[r.own:]) // raw JSON that was valid when it came
	}
	if err := r.cfg.Store.PutRun(ctx, kept); err != nil {
		return fmt.Errorf("run %s: %w", answer.ID, err)
	}
	return nil
}
