// Uses the client that openapi-generator makes from the API's description: every call, and every kind of answer.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"clients/api"
)

const key = "generated/go"

var ctx = context.Background()

func check(holds bool, said ...any) {
	if !holds {
		panic(fmt.Sprint(said...))
	}
}

// The error of an answer that is none of success, as it was read.
func refused(response *http.Response, err error, status int) {
	check(response != nil && response.StatusCode == status, response, err)
	failure, isFailure := err.(*api.GenericOpenAPIError)
	check(isFailure, err)
	read, isRead := failure.Model().(api.Refusal)
	check(isRead && read.Code == int32(status) && read.Message != "" && read.Data == nil, failure.Model())
	check(response.Header.Get("Taskledger-Reason") != "", response.Header)
}

func main() {
	settings := api.NewConfiguration()
	settings.Servers = api.ServerConfigurations{{URL: os.Args[1]}}
	client := api.NewAPIClient(settings)
	create := func(project int64, kind string) (*api.CreateTask200Response, *http.Response, error) {
		body := api.NewCreateTaskRequest(kind)
		body.SetProjectId(project)
		body.SetKey(key)
		return client.TasksAPI.CreateTask(ctx).CreateTaskRequest(*body).Execute()
	}
	send := func(subject string) (*api.IngestEvents200Response, *http.Response, error) {
		event := api.NewTaskStarted("1.0", "1", "/go", "task.started", subject)
		body := api.TaskStartedAsIngestEventsRequest(event)
		return client.EventsAPI.IngestEvents(ctx).IngestEventsRequest(body).Execute()
	}

	created, response, err := create(1, "crawl")
	check(err == nil && response.StatusCode == 201, response, err)
	id := created.Data.Id
	_, response, err = create(1, "crawl")
	check(err == nil && response.StatusCode == 200, response, err)
	_, response, err = create(2, "crawl")
	refused(response, err, 409)
	_, response, err = create(1, "unheard of")
	refused(response, err, 400)

	list, _, err := client.TasksAPI.ListTasks(ctx).Key(key).Execute()
	check(err == nil && len(list.Data) == 1 && list.Data[0].Id == id && list.Data[0].Status == "pending", list, err)
	_, response, err = client.TasksAPI.ListTasks(ctx).Limit(0).Execute()
	refused(response, err, 400)

	sent, _, err := send(key)
	check(err == nil && len(sent.Data) == 1 && sent.Data[0].Outcome == "accepted", sent, err)
	_, response, err = send("generated/nobody")
	check(response != nil && response.StatusCode == 404, response, err)
	failure := err.(*api.GenericOpenAPIError).Model().(api.EventRefusal)
	check(len(failure.Data) == 1 && failure.Data[0].Reason == "task_not_found", failure)

	detail, _, err := client.TasksAPI.ShowTask(ctx, id).Execute()
	check(err == nil && detail.Data.Status == "running" && detail.Data.CompletedAt.Get() == nil, detail, err)
	_, response, err = client.TasksAPI.ShowTask(ctx, 999).Execute()
	refused(response, err, 404)

	_, response, err = client.TasksAPI.CancelTask(ctx, id).Execute()
	check(err == nil && response.StatusCode == 200, response, err)
	_, response, err = client.TasksAPI.CancelTask(ctx, id).Execute()
	refused(response, err, 400)
	fmt.Println("Go")
}
