import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * DynamoDB Local on 127.0.0.1 only, for the laptop's key alone. By itself it has no option for its address, listens
 * everywhere, takes any key, and lets pages of every site ask it. No signature is checked: the key's id is what must be
 * known, that of the variable TILLSTREAM_ACCESS_KEY_ID, where it is set.
 */
public final class Loopback {
  private static final Set<String> NAMES = Set.of("127.0.0.1", "localhost", "[::1]");

  public static void main(String[] arguments) throws Exception {
    DynamoDBProxyServer dynamodb = ServerRunner.createServerFromCommandLineArgs(arguments);
    Field field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    Server server = (Server) field.get(dynamodb);
    for (Connector connector : server.getConnectors()) {
      ((ServerConnector) connector).setHost("127.0.0.1");
    }
    server.setHandler(new Doorkeeper(server.getHandler(), System.getenv("TILLSTREAM_ACCESS_KEY_ID")));
    dynamodb.start();
    dynamodb.join();
  }

  /** Refuses a request of a web page, by Host and Origin as local/http.py does, and one of another key. */
  private static final class Doorkeeper extends Handler.Wrapper {
    private final String credential;

    Doorkeeper(Handler inner, String keyId) {
      super(inner);
      credential = keyId == null ? "" : "Credential=" + keyId + "/";
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      HttpFields headers = request.getHeaders();
      String host = String.valueOf(headers.get("Host")).toLowerCase(Locale.ROOT);
      String origin = headers.get("Origin");
      String signature = String.valueOf(headers.get("Authorization"));
      boolean known = NAMES.contains(host.replaceFirst(":[0-9]*$", ""))
          && (origin == null || origin.equalsIgnoreCase("http://" + host))
          && signature.contains(credential);
      if (known) {
        return super.handle(request, response, callback);
      }
      Response.writeError(request, response, callback, 403);
      return true;
    }
  }
}
