// SPDX-License-Identifier: Apache-2.0
package linnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.link.Link;
import org.eclipse.leshan.core.link.lwm2m.attributes.DefaultLwM2mAttributeParser;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributeSet;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mObject;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mResourceInstance;
import org.eclipse.leshan.core.node.LwM2mRoot;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.ObjectLink;
import org.eclipse.leshan.core.node.TimestampedLwM2mNodes;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.request.CancelObservationRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.CreateRequest;
import org.eclipse.leshan.core.request.DeleteRequest;
import org.eclipse.leshan.core.request.DiscoverRequest;
import org.eclipse.leshan.core.request.ExecuteRequest;
import org.eclipse.leshan.core.request.ObserveCompositeRequest;
import org.eclipse.leshan.core.request.ObserveRequest;
import org.eclipse.leshan.core.request.ReadCompositeRequest;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.SendRequest;
import org.eclipse.leshan.core.request.WriteAttributesRequest;
import org.eclipse.leshan.core.request.WriteCompositeRequest;
import org.eclipse.leshan.core.request.WriteRequest;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ObserveCompositeResponse;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.response.ReadCompositeResponse;
import org.eclipse.leshan.core.response.DiscoverResponse;
import org.eclipse.leshan.core.response.CreateResponse;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.LeshanServerBuilder;
import org.eclipse.leshan.server.model.VersionedModelProvider;
import org.eclipse.leshan.server.observation.ObservationListener;
import org.eclipse.leshan.server.registration.Registration;
import org.eclipse.leshan.server.registration.RegistrationListener;
import org.eclipse.leshan.server.registration.RegistrationUpdate;
import org.eclipse.leshan.server.send.SendListener;
import org.eclipse.leshan.transport.californium.server.endpoint.CaliforniumServerEndpointsProvider;
import org.eclipse.leshan.servers.security.EditableSecurityStore;
import org.eclipse.leshan.servers.security.InMemorySecurityStore;
import org.eclipse.leshan.servers.security.SecurityInfo;
import org.eclipse.leshan.transport.californium.server.endpoint.coap.CoapServerProtocolProvider;
import org.eclipse.leshan.transport.californium.server.endpoint.coaps.CoapsServerProtocolProvider;

/**
 * A Leshan server that a test drives: one JSON object a line on standard input, one answer or event
 * a line on standard output. Usage: LeshanServerPeer PORT MODELS-FOLDER [COAPS-PORT KEYS-FOLDER]; in
 * the keys folder lie its certificate server.der, its PKCS#8 key server-key.der and the certificate
 * of the authority it trusts, ca.der.
 *
 * <p>Requests: {"id":1,"op":"read","ep":"e","path":"/3/0","format":110,...}. Answers carry the id.
 * {"op":"credential","ep":"e","mode":"psk","identity":"i","key":"00.."} (or "rpk" with a
 * SubjectPublicKeyInfo as key, or "x509") lets a device in, "revoke" no longer.
 */
public final class LeshanServerPeer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PrintStream OUT = System.out;
  private static final EditableSecurityStore SECURITY = new InMemorySecurityStore();

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadAllDefault());
    models.addAll(ObjectLoader.loadObjectsFromDir(new File(args[1]), true));

    LeshanServerBuilder builder = new LeshanServerBuilder();
    builder.setObjectModelProvider(new VersionedModelProvider(models));
    CaliforniumServerEndpointsProvider.Builder endpoints =
        new CaliforniumServerEndpointsProvider.Builder(new CoapServerProtocolProvider(), new CoapsServerProtocolProvider());
    endpoints.addEndpoint(new java.net.InetSocketAddress("127.0.0.1", port), Protocol.COAP);
    if (args.length > 2) {
      secure(builder, Path.of(args[3]));
      endpoints.setConfiguration(c -> c.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 6));
      endpoints.addEndpoint(new java.net.InetSocketAddress("127.0.0.1", Integer.parseInt(args[2])), Protocol.COAPS);
    }
    builder.setEndpointsProviders(endpoints.build());
    LeshanServer server = builder.build();
    server.getRegistrationService().addListener(new Registrations());
    server.getObservationService().addListener(new Observations());
    server.getSendService().addListener(new Sends());
    server.start();
    print(JSON.createObjectNode().put("event", "ready").put("port", port));

    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode request = JSON.readTree(line);
      ObjectNode answer = JSON.createObjectNode().put("id", request.path("id").asInt());
      try {
        perform(server, request, answer);
      } catch (Exception e) {
        answer.put("error", e.getClass().getSimpleName() + ": " + e.getMessage());
      }
      print(answer);
    }
    server.destroy();
  }

  /** With a certificate Leshan shows it, or just its key, as the device can. */
  private static void secure(LeshanServerBuilder builder, Path keys) throws Exception {
    builder.setSecurityStore(SECURITY);
    CertificateFactory certificates = CertificateFactory.getInstance("X.509");
    builder.setPrivateKey(KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(keys.resolve("server-key.der")))));
    builder.setCertificateChain(new X509Certificate[] {
        (X509Certificate) certificates.generateCertificate(Files.newInputStream(keys.resolve("server.der")))});
    builder.setTrustedCertificates(new Certificate[] {
        certificates.generateCertificate(Files.newInputStream(keys.resolve("ca.der")))});
  }

  private static void credential(JsonNode q) throws Exception {
    String endpoint = q.path("ep").asText();
    byte[] key = HexFormat.of().parseHex(q.path("key").asText());
    SECURITY.add(switch (q.path("mode").asText()) {
      case "psk" -> SecurityInfo.newPreSharedKeyInfo(endpoint, q.path("identity").asText(), key);
      case "rpk" -> SecurityInfo.newRawPublicKeyInfo(
          endpoint, KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(key)));
      default -> SecurityInfo.newX509CertInfo(endpoint);
    });
  }

  private static void perform(LeshanServer server, JsonNode q, ObjectNode answer) throws Exception {
    String op = q.path("op").asText();
    if (op.equals("credential")) {
      credential(q);
      return;
    }
    if (op.equals("revoke")) {
      SECURITY.remove(q.path("ep").asText(), true);
      return;
    }
    Registration registration = server.getRegistrationService().getByEndpoint(q.path("ep").asText());
    if (registration == null) {
      answer.put("error", "not registered");
      return;
    }
    String path = q.path("path").asText();
    ContentFormat format = q.has("format") ? ContentFormat.fromCode(q.get("format").asInt()) : null;
    long timeout = 5000;
    LwM2mResponse response;
    switch (op) {
      case "read" -> {
        ReadResponse r = server.send(registration, new ReadRequest(format, path), timeout);
        if (r != null && r.isSuccess()) put(answer, new LwM2mPath(path), r.getContent());
        response = r;
      }
      case "discover" -> {
        DiscoverResponse r = server.send(registration, new DiscoverRequest(path), timeout);
        if (r != null && r.isSuccess()) {
          List<String> links = new ArrayList<>();
          for (Link link : r.getObjectLinks()) links.add(link.toCoreLinkFormat());
          answer.set("links", JSON.valueToTree(links));
        }
        response = r;
      }
      case "write" -> response = server.send(registration, write(server, registration, q, format, path), timeout);
      case "execute" -> response = server.send(registration, new ExecuteRequest(path, q.path("arguments").asText(null)), timeout);
      case "create" -> {
        List<LwM2mResource> resources = resources(server, registration, new LwM2mPath(path).getObjectId(), q.get("values"));
        CreateRequest create = q.has("instance")
            ? new CreateRequest(format, path, new LwM2mObjectInstance(q.get("instance").asInt(), resources))
            : new CreateRequest(format, path, resources);
        CreateResponse r = server.send(registration, create, timeout);
        if (r != null && r.getLocation() != null) answer.put("location", r.getLocation());
        response = r;
      }
      case "delete" -> response = server.send(registration, new DeleteRequest(path), timeout);
      case "attributes" -> response = server.send(registration, new WriteAttributesRequest(path,
          new LwM2mAttributeSet(new DefaultLwM2mAttributeParser().parseUriQuery(q.path("attributes").asText()))), timeout);
      case "observe" -> {
        ObserveResponse r = server.send(registration, new ObserveRequest(format, path), timeout);
        if (r != null && r.isSuccess()) put(answer, new LwM2mPath(path), r.getContent());
        response = r;
      }
      case "cancel" -> {
        Observation observation = server.getObservationService().getObservations(registration).stream()
            .filter(o -> o instanceof SingleObservation s && s.getPath().toString().equals(path))
            .findFirst().orElseThrow();
        if (q.path("active").asBoolean()) {
          response = server.send(registration, new CancelObservationRequest((SingleObservation) observation), timeout);
        } else {
          server.getObservationService().cancelObservation(observation);
          answer.put("code", 0);
          return;
        }
      }
      case "read-composite" -> {
        ReadCompositeResponse r = server.send(registration, new ReadCompositeRequest(format, format, strings(q.get("paths"))), timeout);
        if (r != null && r.isSuccess()) put(answer, r.getContent());
        response = r;
      }
      case "observe-composite" -> {
        ObserveCompositeResponse r = server.send(registration, new ObserveCompositeRequest(format, format, strings(q.get("paths"))), timeout);
        if (r != null && r.isSuccess()) put(answer, r.getContent());
        response = r;
      }
      case "write-composite" -> {
        Map<LwM2mPath, LwM2mNode> nodes = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : q.get("values").properties()) {
          LwM2mPath p = new LwM2mPath(e.getKey());
          ResourceModel.Type type = type(server, registration, p.getObjectId(), p.getResourceId());
          nodes.put(p, p.isResourceInstance()
              ? LwM2mResourceInstance.newInstance(p.getResourceInstanceId(), value(e.getValue(), type), type)
              : LwM2mSingleResource.newResource(p.getResourceId(), value(e.getValue(), type), type));
        }
        response = server.send(registration, new WriteCompositeRequest(format, nodes, null), timeout);
      }
      default -> throw new IllegalArgumentException("unknown op " + op);
    }
    if (response == null) {
      answer.put("error", "timeout");
    } else {
      answer.put("code", response.getCode().getCode());
      if (response.getErrorMessage() != null) answer.put("message", response.getErrorMessage());
    }
  }

  /** A write of one resource ("value"), a multiple resource ("values" by id) or an instance. */
  private static WriteRequest write(LeshanServer server, Registration registration, JsonNode q, ContentFormat format, String text) {
    LwM2mPath path = new LwM2mPath(text);
    WriteRequest.Mode mode = q.path("replace").asBoolean(true) ? WriteRequest.Mode.REPLACE : WriteRequest.Mode.UPDATE;
    int object = path.getObjectId();
    if (path.isObjectInstance()) {
      return new WriteRequest(mode, format, object, path.getObjectInstanceId(), resources(server, registration, object, q.get("values")));
    }
    ResourceModel.Type type = type(server, registration, object, path.getResourceId());
    if (path.isResourceInstance()) {
      return new WriteRequest(format, object, path.getObjectInstanceId(), path.getResourceId(), path.getResourceInstanceId(), value(q.get("value"), type), type);
    }
    if (q.has("values")) {
      return new WriteRequest(mode, format, object, path.getObjectInstanceId(), path.getResourceId(), instances(q.get("values"), type), type);
    }
    return new WriteRequest(mode, format, text, LwM2mSingleResource.newResource(path.getResourceId(), value(q.get("value"), type), type));
  }

  private static List<LwM2mResource> resources(LeshanServer server, Registration registration, int object, JsonNode values) {
    List<LwM2mResource> resources = new ArrayList<>();
    for (Map.Entry<String, JsonNode> e : values.properties()) {
      int id = Integer.parseInt(e.getKey());
      ResourceModel.Type type = type(server, registration, object, id);
      resources.add(e.getValue().isObject()
          ? org.eclipse.leshan.core.node.LwM2mMultipleResource.newResource(id, instances(e.getValue(), type), type)
          : LwM2mSingleResource.newResource(id, value(e.getValue(), type), type));
    }
    return resources;
  }

  private static Map<Integer, Object> instances(JsonNode values, ResourceModel.Type type) {
    Map<Integer, Object> result = new TreeMap<>();
    for (Map.Entry<String, JsonNode> e : values.properties()) {
      result.put(Integer.parseInt(e.getKey()), value(e.getValue(), type));
    }
    return result;
  }

  private static ResourceModel.Type type(LeshanServer server, Registration registration, int object, int resource) {
    ResourceModel model = server.getModelProvider().getObjectModel(registration).getResourceModel(object, resource);
    if (model == null) throw new IllegalArgumentException("no model of /" + object + "//" + resource);
    return model.type;
  }

  private static Object value(JsonNode json, ResourceModel.Type type) {
    return switch (type) {
      case INTEGER -> json.asLong();
      case UNSIGNED_INTEGER -> org.eclipse.leshan.core.util.datatype.ULong.valueOf(json.asText());
      case FLOAT -> json.asDouble();
      case BOOLEAN -> json.asBoolean();
      case TIME -> new java.util.Date(json.asLong() * 1000);
      case OPAQUE -> HexFormat.of().parseHex(json.asText());
      case OBJLNK -> {
        String[] ids = json.asText().split(":");
        yield new ObjectLink(Integer.parseInt(ids[0]), Integer.parseInt(ids[1]));
      }
      default -> json.asText();
    };
  }

  private static String[] strings(JsonNode array) {
    List<String> list = new ArrayList<>();
    array.forEach(n -> list.add(n.asText()));
    return list.toArray(new String[0]);
  }

  static void put(ObjectNode answer, Map<LwM2mPath, LwM2mNode> nodes) {
    Map<String, Object> values = new TreeMap<>();
    nodes.forEach((path, node) -> flatten(path, node, values));
    answer.set("values", JSON.valueToTree(values));
  }

  static void put(ObjectNode answer, LwM2mPath path, LwM2mNode node) {
    Map<String, Object> values = new TreeMap<>();
    flatten(path, node, values);
    answer.set("values", JSON.valueToTree(values));
  }

  private static void flatten(LwM2mPath path, LwM2mNode node, Map<String, Object> values) {
    if (node instanceof LwM2mRoot root) {
      root.getObjects().forEach((id, child) -> flatten(new LwM2mPath(id), child, values));
    } else if (node instanceof LwM2mObject object) {
      object.getInstances().forEach((id, child) -> flatten(new LwM2mPath(object.getId(), id), child, values));
    } else if (node instanceof LwM2mObjectInstance instance) {
      int id = path.isObjectInstance() ? path.getObjectInstanceId() : instance.getId();
      instance.getResources().forEach((r, child) -> flatten(new LwM2mPath(path.getObjectId(), id, r), child, values));
    } else if (node instanceof LwM2mResource resource && resource.isMultiInstances()) {
      resource.getInstances().forEach((i, child) -> values.put(path + "/" + i, plain(child.getValue())));
    } else if (node instanceof LwM2mResource resource) {
      values.put(path.toString(), plain(resource.getValue()));
    } else if (node instanceof LwM2mResourceInstance instance) {
      values.put(path.toString(), plain(instance.getValue()));
    }
  }

  private static Object plain(Object value) {
    if (value instanceof byte[] bytes) return HexFormat.of().formatHex(bytes);
    if (value instanceof java.util.Date date) return date.getTime() / 1000;
    if (value instanceof ObjectLink link) return link.getObjectId() + ":" + link.getObjectInstanceId();
    if (value instanceof Number || value instanceof Boolean) return value;
    return String.valueOf(value);
  }

  static synchronized void print(JsonNode node) {
    OUT.println(node);
    OUT.flush();
  }

  private static final class Registrations implements RegistrationListener {
    @Override
    public void registered(Registration r, Registration previous, Collection<Observation> observations) {
      List<String> links = new ArrayList<>();
      for (Link link : r.getObjectLinks()) links.add(link.toCoreLinkFormat());
      ObjectNode node = JSON.createObjectNode().put("event", "registered").put("ep", r.getEndpoint())
          .put("lifetime", r.getLifeTimeInSec()).put("version", r.getLwM2mVersion().toString());
      node.set("links", JSON.valueToTree(links));
      print(node);
    }

    @Override
    public void updated(RegistrationUpdate update, Registration now, Registration previous) {
      print(JSON.createObjectNode().put("event", "updated").put("ep", now.getEndpoint()).put("lifetime", now.getLifeTimeInSec()));
    }

    @Override
    public void unregistered(Registration r, Collection<Observation> observations, boolean expired, Registration replacement) {
      print(JSON.createObjectNode().put("event", "unregistered").put("ep", r.getEndpoint()).put("expired", expired));
    }
  }

  private static final class Observations implements ObservationListener {
    @Override
    public void newObservation(Observation observation, Registration r) {}

    @Override
    public void cancelled(Observation observation) {}

    @Override
    public void onResponse(SingleObservation o, Registration r, ObserveResponse response) {
      ObjectNode node = JSON.createObjectNode().put("event", "notification").put("ep", r.getEndpoint()).put("path", o.getPath().toString());
      put(node, o.getPath(), response.getContent());
      print(node);
    }

    @Override
    public void onResponse(CompositeObservation o, Registration r, ObserveCompositeResponse response) {
      ObjectNode node = JSON.createObjectNode().put("event", "notification").put("ep", r.getEndpoint()).put("path", "composite");
      put(node, response.getContent());
      print(node);
    }

    @Override
    public void onError(Observation o, Registration r, Exception error) {
      print(JSON.createObjectNode().put("event", "notification-error").put("message", String.valueOf(error)));
    }
  }

  private static final class Sends implements SendListener {
    @Override
    public void dataReceived(Registration r, TimestampedLwM2mNodes data, SendRequest request) {
      for (java.time.Instant time : data.getTimestamps()) {
        ObjectNode node = JSON.createObjectNode().put("event", "send").put("ep", r.getEndpoint());
        if (time != null) node.put("time", time.getEpochSecond());
        put(node, data.getNodesAt(time));
        print(node);
      }
    }

    @Override
    public void onError(Registration r, String message, Exception error) {
      print(JSON.createObjectNode().put("event", "send-error").put("message", message + ": " + error));
    }
  }
}
