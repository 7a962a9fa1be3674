// SPDX-License-Identifier: Apache-2.0
package linnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.link.Link;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mObject;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.peer.LwM2mPeer;
import org.eclipse.leshan.core.request.BootstrapDeleteRequest;
import org.eclipse.leshan.core.request.BootstrapDiscoverRequest;
import org.eclipse.leshan.core.request.BootstrapDownlinkRequest;
import org.eclipse.leshan.core.request.BootstrapFinishRequest;
import org.eclipse.leshan.core.request.BootstrapReadRequest;
import org.eclipse.leshan.core.request.BootstrapRequest;
import org.eclipse.leshan.core.request.BootstrapWriteRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.response.BootstrapDiscoverResponse;
import org.eclipse.leshan.core.response.BootstrapReadResponse;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.server.bootstrap.BootstrapConfig;
import org.eclipse.leshan.server.bootstrap.BootstrapConfigStoreTaskProvider;
import org.eclipse.leshan.server.bootstrap.BootstrapFailureCause;
import org.eclipse.leshan.server.bootstrap.BootstrapSession;
import org.eclipse.leshan.server.bootstrap.BootstrapSessionListener;
import org.eclipse.leshan.server.bootstrap.BootstrapTaskProvider;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServer;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServerBuilder;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.CaliforniumBootstrapServerEndpointsProvider;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.coap.CoapBootstrapServerProtocolProvider;

/**
 * A Leshan bootstrap server that a test drives: one JSON object a line on standard input, one answer
 * or event a line on standard output. Usage: LeshanBootstrapPeer PORT
 *
 * <p>Request: {"id":1,"ep":"e","config":{...},"format":112,"read":["/1"]}, where config is Leshan's
 * BootstrapConfig as it is in its JSON, format the one to write in instead of what the device
 * prefers, and read what is read and discovered before anything is written. A configuration is not
 * checked: a test may send one that a device has to refuse.
 */
public final class LeshanBootstrapPeer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PrintStream OUT = System.out;

  private record Plan(BootstrapConfig config, List<String> reads) {}

  private static final Map<String, Plan> PLANS = new ConcurrentHashMap<>();

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    LeshanBootstrapServerBuilder builder = new LeshanBootstrapServerBuilder();
    builder.setTaskProvider(new Provider());
    builder.setEndpointsProviders(
        new CaliforniumBootstrapServerEndpointsProvider.Builder(new CoapBootstrapServerProtocolProvider())
            .addEndpoint(new InetSocketAddress("127.0.0.1", port), Protocol.COAP)
            .build());
    LeshanBootstrapServer server = builder.build();
    server.addListener(new Sessions());
    server.start();
    print(JSON.createObjectNode().put("event", "ready").put("port", port));

    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode request = JSON.readTree(line);
      ObjectNode answer = JSON.createObjectNode().put("id", request.path("id").asInt());
      try {
        BootstrapConfig config = JSON.treeToValue(request.get("config"), BootstrapConfig.class);
        if (request.has("format")) config.contentFormat = ContentFormat.fromCode(request.get("format").asInt());
        List<String> reads = new ArrayList<>();
        request.path("read").forEach(n -> reads.add(n.asText()));
        PLANS.put(request.path("ep").asText(), new Plan(config, reads));
      } catch (Exception e) {
        answer.put("error", String.valueOf(e));
      }
      print(answer);
    }
    server.destroy();
  }

  /** First what a plan wants to be read, then Leshan's own way with a configuration. */
  private static final class Provider implements BootstrapTaskProvider {
    private final BootstrapTaskProvider writes =
        new BootstrapConfigStoreTaskProvider(session -> PLANS.get(session.getEndpoint()).config());
    private final Map<String, Boolean> looked = new ConcurrentHashMap<>();

    @Override
    public Tasks getTasks(BootstrapSession session, List<LwM2mResponse> previous) {
      Plan plan = PLANS.get(session.getEndpoint());
      if (plan == null) return null;
      if (plan.reads().isEmpty()) return writes.getTasks(session, previous);
      if (looked.putIfAbsent(session.getId(), true) != null) return writes.getTasks(session, previous);
      if (previous == null) {
        Tasks tasks = new Tasks();
        tasks.requestsToSend = new ArrayList<>();
        tasks.requestsToSend.add(new BootstrapDiscoverRequest());
        for (String path : plan.reads()) tasks.requestsToSend.add(new BootstrapReadRequest(path));
        tasks.supportedObjects = Map.of(0, "1.1", 1, "1.1", 2, "1.0");
        tasks.last = false;
        return tasks;
      }
      return writes.getTasks(session, null);
    }
  }

  private static ObjectNode event(String name, String endpoint) {
    return JSON.createObjectNode().put("event", name).put("ep", endpoint);
  }

  private static ObjectNode step(String name, BootstrapSession session, BootstrapDownlinkRequest<?> request) {
    String operation = request instanceof BootstrapDeleteRequest ? "delete"
        : request instanceof BootstrapDiscoverRequest ? "discover"
        : request instanceof BootstrapReadRequest ? "read"
        : request instanceof BootstrapWriteRequest ? "write"
        : request instanceof BootstrapFinishRequest ? "finish" : "other";
    ObjectNode node = event(name, session.getEndpoint()).put("op", operation);
    if (!operation.equals("finish")) node.put("path", String.valueOf(request.getPath()));
    if (request instanceof BootstrapWriteRequest write) node.put("format", write.getContentFormat().getCode());
    return node;
  }

  private static void flatten(String path, LwM2mNode node, Map<String, Object> values) {
    if (node instanceof LwM2mObject object) {
      object.getInstances().forEach((id, child) -> flatten(path + "/" + id, child, values));
    } else if (node instanceof LwM2mObjectInstance instance) {
      instance.getResources().forEach((id, child) -> flatten(path + "/" + id, child, values));
    } else if (node instanceof LwM2mResource resource && resource.isMultiInstances()) {
      resource.getInstances().forEach((id, child) -> values.put(path + "/" + id, plain(child.getValue())));
    } else if (node instanceof LwM2mResource resource) {
      values.put(path, plain(resource.getValue()));
    }
  }

  private static Object plain(Object value) {
    if (value instanceof byte[] bytes) return HexFormat.of().formatHex(bytes);
    return value instanceof Number || value instanceof Boolean ? value : String.valueOf(value);
  }

  static synchronized void print(JsonNode node) {
    OUT.println(node);
    OUT.flush();
  }

  private static final class Sessions implements BootstrapSessionListener {
    @Override
    public void sessionInitiated(BootstrapRequest request, LwM2mPeer client) {
      ObjectNode node = event("requested", request.getEndpointName());
      if (request.getPreferredContentFormat() != null) node.put("pct", request.getPreferredContentFormat().getCode());
      print(node);
    }

    @Override
    public void unAuthorized(BootstrapRequest request, LwM2mPeer client) {
      print(event("unauthorized", request.getEndpointName()));
    }

    @Override
    public void authorized(BootstrapSession session) {}

    @Override
    public void noConfig(BootstrapSession session) {
      print(event("no-configuration", session.getEndpoint()));
    }

    @Override
    public void sendRequest(BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request) {}

    @Override
    public void onResponseSuccess(
        BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request, LwM2mResponse response) {
      ObjectNode node = step("answered", session, request).put("code", response.getCode().getCode());
      if (response instanceof BootstrapDiscoverResponse discovered) {
        List<String> links = new ArrayList<>();
        for (Link link : discovered.getObjectLinks()) links.add(link.toCoreLinkFormat());
        node.set("links", JSON.valueToTree(links));
      }
      if (response instanceof BootstrapReadResponse read) {
        Map<String, Object> values = new TreeMap<>();
        flatten(String.valueOf(request.getPath()), read.getContent(), values);
        node.set("values", JSON.valueToTree(values));
      }
      print(node);
    }

    @Override
    public void onResponseError(
        BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request, LwM2mResponse response) {
      print(step("answered", session, request).put("code", response.getCode().getCode()).put("message", response.getErrorMessage()));
    }

    @Override
    public void onRequestFailure(
        BootstrapSession session, BootstrapDownlinkRequest<? extends LwM2mResponse> request, Throwable cause) {
      print(step("unanswered", session, request).put("message", String.valueOf(cause)));
    }

    @Override
    public void end(BootstrapSession session) {
      print(event("finished", session.getEndpoint()));
    }

    @Override
    public void failed(BootstrapSession session, BootstrapFailureCause cause) {
      print(event("failed", session.getEndpoint()).put("cause", cause.toString()));
    }
  }
}
