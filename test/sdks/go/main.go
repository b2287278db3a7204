// Publishes a task's life by the CloudEvents SDK for Go, in the calls of its README, to the address that is its argument.
// Prints a JSON line for each request: its name, and what was answered. The SDK puts attributes into headers in UTF-8 as it is.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

const source = "/sdks/go"

type object = map[string]any

// event makes one with everything that it can have.
func event(kind, id string, data any) cloudevents.Event {
	e := cloudevents.NewEvent()
	e.SetID(id)
	e.SetType("task." + kind)
	e.SetSource(source)
	e.SetSubject("sdk/go/Köln – 東京")
	e.SetTime(time.Date(2025, 3, 12, 10, 0, 0, 123_000_000, time.FixedZone("", 3600)))
	e.SetDataSchema("https://example.org/schemas/task.json")
	e.SetExtension("origin", "Zürich ☃ 100 %")
	e.SetExtension("sequence", 7)
	e.SetExtension("urgent", true)
	must(e.SetData(cloudevents.ApplicationJSON, data))
	return e
}

// send does so by the client of the README, which tells no more of the answer than its status.
func send(ctx context.Context, name string, e cloudevents.Event) {
	c, err := cloudevents.NewClientHTTP()
	must(err)
	result := c.Send(ctx, e)
	if cloudevents.IsUndelivered(result) {
		log.Fatalf("failed to send, %v", result)
	}
	var answered *cehttp.Result
	if !cloudevents.ResultAs(result, &answered) {
		log.Fatalf("no HTTP result: %v", result)
	}
	print(name, object{"code": answered.StatusCode})
}

// post sends a request that the SDK has made, and reads the answer.
func post(name string, request *http.Request, err error) {
	must(err)
	response, err := http.DefaultClient.Do(request)
	must(err)
	defer response.Body.Close()
	var answer object
	must(json.NewDecoder(response.Body).Decode(&answer))
	print(name, answer)
}

func print(name string, answer object) {
	line, err := json.Marshal(object{"name": name, "answer": answer})
	must(err)
	fmt.Println(string(line))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	url := os.Args[1] + "/api/v1/events"
	ctx := cloudevents.ContextWithTarget(context.Background(), url)
	structured := cloudevents.WithEncodingStructured(ctx)

	// As the README has it: no id, no time, no subject.
	plain := cloudevents.NewEvent()
	plain.SetSource(source)
	plain.SetType("task.created")
	must(plain.SetData(cloudevents.ApplicationJSON, object{"project_id": 1, "task_type": "crawl"}))
	send(ctx, "plain", plain)
	send(structured, "plain-structured", plain)

	one := func(ctx context.Context, name string, e cloudevents.Event) {
		request, err := cloudevents.NewHTTPRequestFromEvent(ctx, url, e)
		post(name, request, err)
	}
	created := object{"project_id": 1, "task_type": "crawl", "total": 4, "params": object{"city": "Köln"}}
	one(ctx, "binary-object", event("created", "1", created))
	one(ctx, "binary-bytes", event("started", "2", []byte(`{"total":4}`)))
	one(ctx, "binary-string", event("progressed", "3", json.RawMessage(`{"progress":1}`)))
	one(structured, "structured-object", event("progressed", "4", object{"progress": 2}))
	one(structured, "structured-bytes", event("progressed", "5", []byte(`{"progress":3}`)))

	request, err := cloudevents.NewHTTPRequestFromEvents(ctx, url, []cloudevents.Event{
		event("progressed", "6", object{"progress": 4, "message": "fertig – 完"}),
		event("completed", "7", []byte(`{"result":{"title":"Übersicht"}}`)),
	})
	post("batch", request, err)

	// The data is the string, not what stands in it (CloudEvents JSON format, section 3.1.1).
	one(structured, "refused-string", event("started", "9", `{"total":4}`))
}
