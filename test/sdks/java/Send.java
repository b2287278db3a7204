import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.format.ContentType;
import io.cloudevents.core.message.MessageWriter;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

/**
 * Publishes a task's life by the CloudEvents SDK for Java, in the calls of its documentation and its example for
 * HttpURLConnection, to the address that is its argument. Prints a JSON line for each request: its name, and what was answered.
 */
public class Send {
  private static final ObjectMapper JSON =
      new ObjectMapper().registerModule(JsonFormat.getCloudEventJacksonModule());
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final URI SOURCE = URI.create("/sdks/java");

  private final URL url;

  private Send(URL url) {
    this.url = url;
  }

  public static void main(String[] args) throws IOException {
    Send send = new Send(new URL(args[0] + "/api/v1/events"));

    // As the example has it: no time, no subject.
    CloudEvent plain =
        CloudEventBuilder.v1()
            .withId("my-id")
            .withSource(SOURCE)
            .withType("task.created")
            .withDataContentType("application/json")
            .withData("{ \"project_id\" : 1, \"task_type\" : \"crawl\" }".getBytes(StandardCharsets.UTF_8))
            .build();
    send.binary("plain", plain);

    String created = "{\"project_id\":1,\"task_type\":\"crawl\",\"total\":4,\"params\":{\"city\":\"Köln\"}}";
    send.binary("binary-object", event("created", "1", object(created)));
    send.binary("binary-bytes", event("started", "2", bytes("{\"total\":4}")));
    send.structured("structured-object", event("progressed", "3", object("{\"progress\":1}")));
    send.structured("structured-bytes", event("progressed", "4", bytes("{\"progress\":2}")));
    // What its JSON format does with bytes of JSON when told so.
    byte[] base64 =
        new JsonFormat(true, false).serialize(event("progressed", "5", bytes("{\"progress\":3}")));
    send.post("structured-base64", "application/cloudevents+json", base64);

    // The SDK has no batch: a list of events, as its Jackson module writes them.
    List<CloudEvent> list =
        List.of(
            event("progressed", "6", object("{\"progress\":4,\"message\":\"fertig – 完\"}")),
            event("completed", "7", bytes("{\"result\":{\"title\":\"Übersicht\"}}")));
    send.post("batch", "application/cloudevents-batch+json", JSON.writeValueAsBytes(list));

    // The data is the string, not what stands in it (CloudEvents JSON format, section 3.1.1).
    CloudEventData string = JsonCloudEventData.wrap(JsonNodeFactory.instance.textNode("{\"total\":4}"));
    send.structured("refused-string", event("started", "9", string));
  }

  /** Makes one with everything that it can have. */
  private static CloudEvent event(String kind, String id, CloudEventData data) {
    return CloudEventBuilder.v1()
        .withId(id)
        .withSource(SOURCE)
        .withType("task." + kind)
        .withSubject("sdk/java/Köln – 東京")
        .withTime(OffsetDateTime.parse("2025-03-12T10:00:00.123+01:00"))
        .withDataSchema(URI.create("https://example.org/schemas/task.json"))
        .withExtension("origin", "Zürich ☃ 100 %")
        .withExtension("sequence", 7)
        .withExtension("urgent", true)
        .withData("application/json", data)
        .build();
  }

  private static CloudEventData object(String json) throws IOException {
    return JsonCloudEventData.wrap(JSON.readTree(json));
  }

  private static CloudEventData bytes(String json) {
    return () -> json.getBytes(StandardCharsets.UTF_8);
  }

  private void binary(String name, CloudEvent event) throws IOException {
    HttpURLConnection connection = open();
    createMessageWriter(connection).writeBinary(event);
    print(name, connection);
  }

  private void structured(String name, CloudEvent event) throws IOException {
    HttpURLConnection connection = open();
    createMessageWriter(connection)
        .writeStructured(event, EventFormatProvider.getInstance().resolveFormat(ContentType.JSON));
    print(name, connection);
  }

  private void post(String name, String contentType, byte[] body) throws IOException {
    HttpURLConnection connection = open();
    connection.setRequestProperty("content-type", contentType);
    try (OutputStream outputStream = connection.getOutputStream()) {
      outputStream.write(body);
    }
    print(name, connection);
  }

  private HttpURLConnection open() throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setDoInput(true);
    return connection;
  }

  private static MessageWriter createMessageWriter(HttpURLConnection connection) {
    return HttpMessageFactory.createWriter(
        // The SDK hands over attributes as they are, and the JDK sends a ? for what is beyond Latin-1: percent-encoded, as the
        // HTTP binding asks for (section 3.1.3.2), they arrive.
        (name, value) ->
            connection.setRequestProperty(name, name.startsWith("ce-") ? percentEncoded(value) : value),
        body -> {
          try (OutputStream outputStream = connection.getOutputStream()) {
            if (body != null) outputStream.write(body);
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        });
  }

  private static String percentEncoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static void print(String name, HttpURLConnection connection) throws IOException {
    boolean refused = connection.getResponseCode() >= 400;
    try (InputStream body = refused ? connection.getErrorStream() : connection.getInputStream()) {
      OUT.println(JSON.writeValueAsString(Map.of("name", name, "answer", JSON.readTree(body))));
    }
  }
}
