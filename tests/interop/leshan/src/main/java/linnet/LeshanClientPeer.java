// SPDX-License-Identifier: Apache-2.0
package linnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.engine.DefaultRegistrationEngineFactory;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.resource.BaseInstanceEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.send.ManualDataSender;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.ResponseCode;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.request.BindingMode;
import org.eclipse.leshan.core.request.BootstrapRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.core.request.UpdateRequest;
import org.eclipse.leshan.core.request.argument.Arguments;
import org.eclipse.leshan.core.response.ExecuteResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.response.WriteResponse;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.core.util.datatype.ULong;
import org.eclipse.leshan.transport.californium.client.endpoint.coap.CoapClientProtocolProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientProtocolProvider;

/**
 * A Leshan client that a test drives. Usage: LeshanClientPeer ENDPOINT coap://host:port LIFETIME
 * MODELS-FOLDER [SECURITY]; with the lifetime "bootstrap:112" the URI is that of a bootstrap server,
 * the client knows no other, and prefers this format. SECURITY is for a coaps URI, such as
 * {"mode":"psk","identity":"i","key":"00.."}, {"mode":"rpk","identity":"..","key":"..","server":".."}
 * or {"mode":"x509",...,"usage":3}, keys in hexadecimal DER. It offers a connection id. Lines on standard input: "set /3303/0/5700 21.5", "update",
 * "send 110 /3303/0/5700", "show /1" (values of an object, secrets too), "stop" (with
 * de-registration).
 */
public final class LeshanClientPeer {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    String endpoint = args[0];
    String uri = args[1];
    boolean bootstrap = args[2].startsWith("bootstrap:");
    List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadDefault());
    models.addAll(ObjectLoader.loadObjectsFromDir(new File(args[3]), true));

    JsonNode keys = JSON.readTree(args.length > 4 ? args[4] : "{}");
    ObjectsInitializer initializer = new ObjectsInitializer(new StaticModel(models));
    if (bootstrap) {
      initializer.setInstancesForObject(0, security(uri, 0, keys));
      initializer.setClassForObject(1, Server.class);
    } else {
      initializer.setInstancesForObject(0, security(uri, 123, keys));
      initializer.setInstancesForObject(
          1, new Server(123, Long.parseLong(args[2]), EnumSet.of(BindingMode.U), false, BindingMode.U));
    }
    Table device = new Table();
    device.put(0, "Leshan peer").put(1, "model").put(2, "serial").put(11, Map.of(0, 0L)).put(13, new Date(0))
        .put(14, "+00:00").put(15, "UTC").put(16, "U").put(6, Map.of(0, 1L, 1, 5L)).put(7, Map.of(0, 3800L, 1, 5000L)).put(9, 95L);
    initializer.setInstancesForObject(3, device);
    Table temperature = new Table();
    temperature.put(5700, 20.5).put(5701, "Cel").put(5601, 1.0).put(5602, 30.0).put(5750, "room");
    initializer.setInstancesForObject(3303, temperature);
    initializer.setClassForObject(3311, Table.class);
    Table lamp = new Table();
    lamp.put(5850, false).put(5851, 50L).put(5750, "lamp");
    initializer.setInstancesForObject(3311, lamp);

    DefaultRegistrationEngineFactory engine = new DefaultRegistrationEngineFactory();
    if (bootstrap) engine.setPreferredContentFormat(ContentFormat.fromCode(Integer.parseInt(args[2].substring(10))));
    LeshanClientBuilder builder = new LeshanClientBuilder(endpoint);
    builder.setObjects(initializer.createAll());
    builder.setRegistrationEngineFactory(engine);
    builder.setDataSenders(new ManualDataSender());
    CaliforniumClientEndpointsProvider.Builder endpoints =
        new CaliforniumClientEndpointsProvider.Builder(new CoapClientProtocolProvider(), new CoapsClientProtocolProvider());
    var configuration = endpoints.createDefaultConfiguration();
    configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 0);
    endpoints.setConfiguration(configuration);
    builder.setEndpointsProviders(endpoints.build());
    LeshanClient client = builder.build();
    client.addObserver(new Observer());
    client.start();

    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", 3);
      switch (words[0]) {
        case "set" -> {
          String[] ids = words[1].split("/");
          Table table = Integer.parseInt(ids[1]) == 3303 ? temperature : Integer.parseInt(ids[1]) == 3311 ? lamp : device;
          table.set(Integer.parseInt(ids[3]), words[2]);
        }
        case "update" -> client.triggerRegistrationUpdate();
        case "send" -> {
          LwM2mServer server = client.getRegisteredServers().values().iterator().next();
          var response = client.getSendService().sendData(server, ContentFormat.fromCode(Integer.parseInt(words[1])),
              List.of(words[2].split(" ")), 5000);
          print("send", response == null ? "timeout" : response.getCode().toString());
        }
        case "show" -> {
          int object = Integer.parseInt(words[1].substring(1));
          ReadResponse read = client.getObjectTree().getObjectEnabler(object)
              .read(LwM2mServer.SYSTEM, new ReadRequest(object));
          print("shown", String.valueOf(read.getContent()));
        }
        case "stop" -> {
          client.destroy(true);
          print("stopped", "");
          return;
        }
        default -> print("error", "unknown command " + line);
      }
    }
    client.destroy(false);
  }

  /** The account of a server, or with the id 0 of a bootstrap server. */
  private static Security security(String uri, int server, JsonNode keys) {
    byte[] key = bytes(keys, "key");
    byte[] serverKey = bytes(keys, "server");
    switch (keys.path("mode").asText()) {
      case "psk" -> {
        byte[] identity = keys.path("identity").asText().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return server == 0 ? Security.pskBootstrap(uri, identity, key) : Security.psk(uri, server, identity, key);
      }
      case "rpk" -> {
        byte[] own = bytes(keys, "identity");
        return server == 0 ? Security.rpkBootstrap(uri, own, key, serverKey) : Security.rpk(uri, server, own, key, serverKey);
      }
      case "x509" -> {
        byte[] own = bytes(keys, "identity");
        ULong usage = ULong.valueOf(keys.path("usage").asInt(3));
        return server == 0 ? Security.x509Bootstrap(uri, own, key, serverKey, usage)
            : Security.x509(uri, server, own, key, serverKey, usage);
      }
      default -> {
        return server == 0 ? Security.noSecBootstrap(uri) : Security.noSec(uri, server);
      }
    }
  }

  private static byte[] bytes(JsonNode keys, String name) {
    return HexFormat.of().parseHex(keys.path(name).asText());
  }

  static synchronized void print(String event, String detail) {
    System.out.println(JSON.createObjectNode().put("event", event).put("detail", detail));
    System.out.flush();
  }

  /** An object instance whose resources are a table of values. */
  public static final class Table extends BaseInstanceEnabler {
    private final Map<Integer, Object> values = new TreeMap<>();

    Table put(int id, Object value) {
      values.put(id, value);
      return this;
    }

    void set(int id, String text) {
      Object old = values.get(id);
      values.put(id, old instanceof Double ? (Object) Double.parseDouble(text)
          : old instanceof Long ? (Object) Long.parseLong(text)
          : old instanceof Boolean ? (Object) Boolean.parseBoolean(text) : text);
      fireResourceChange(id);
    }

    @Override
    public ReadResponse read(LwM2mServer server, int id) {
      Object value = values.get(id);
      if (value == null) return ReadResponse.notFound();
      ResourceModel.Type type = getModel().resources.get(id).type;
      if (value instanceof Map<?, ?> map) {
        @SuppressWarnings("unchecked")
        Map<Integer, Object> entries = (Map<Integer, Object>) map;
        return ReadResponse.success(id, entries, type);
      }
      return ReadResponse.success(org.eclipse.leshan.core.node.LwM2mSingleResource.newResource(id, value, type));
    }

    @Override
    public WriteResponse write(LwM2mServer server, boolean replace, int id, LwM2mResource resource) {
      if (resource.isMultiInstances()) {
        Map<Integer, Object> entries = new TreeMap<>();
        resource.getInstances().forEach((i, v) -> entries.put(i, v.getValue()));
        values.put(id, entries);
      } else {
        values.put(id, resource.getValue());
      }
      print("written", "/" + getModel().id + "/" + getId() + "/" + id + " " + text(values.get(id)));
      fireResourceChange(id);
      return WriteResponse.success();
    }

    @Override
    public ExecuteResponse execute(LwM2mServer server, int id, Arguments arguments) {
      print("executed", "/" + getModel().id + "/" + getId() + "/" + id + " " + arguments.serialize());
      return ExecuteResponse.success();
    }

    @Override
    public List<Integer> getAvailableResourceIds(ObjectModel model) {
      List<Integer> ids = new ArrayList<>(values.keySet());
      model.resources.values().stream().filter(r -> r.operations.isExecutable() && r.mandatory).forEach(r -> ids.add(r.id));
      return ids;
    }

    private static String text(Object value) {
      return value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(value);
    }
  }

  private static final class Observer extends LwM2mClientObserverAdapter {
    @Override
    public void onBootstrapSuccess(LwM2mServer server, BootstrapRequest request) {
      print("bootstrapped", server.getUri());
    }

    @Override
    public void onBootstrapFailure(LwM2mServer server, BootstrapRequest request, ResponseCode code, String message, Exception e) {
      print("bootstrap-failed", code + " " + message + " " + e);
    }

    @Override
    public void onRegistrationSuccess(LwM2mServer server, RegisterRequest request, String id) {
      print("registered", id);
    }

    @Override
    public void onRegistrationFailure(LwM2mServer server, RegisterRequest request, ResponseCode code, String message, Exception e) {
      print("registration-failed", code + " " + message);
    }

    @Override
    public void onUpdateSuccess(LwM2mServer server, UpdateRequest request) {
      print("updated", "");
    }
  }
}
