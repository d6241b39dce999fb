#include "server/options_telemetry.h"

#include <map>

namespace codeset::server {

void AddTelemetryOptions(CLI::App& serve_app, ServeCommand& serve) {
  serve_app
      .add_option("--metrics-address", serve.telemetry.metrics_address,
                  "Serve metrics for Prometheus at http://HOST:PORT/metrics (port 0: any; default: "
                  "nowhere), to whoever reaches it: counts, sizes, times and release ids, never "
                  "who asked or for what")
      ->option_text("HOST:PORT");
  const std::map<std::string, LogFormat> formats = {{"text", LogFormat::kText},
                                                    {"json", LogFormat::kJson}};
  serve_app.add_option("--log-format", serve.log.format, "text or json (default: text)")
      ->type_name("FORMAT")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  const std::map<std::string, Severity> levels = {
      {"info", Severity::kInfo}, {"warning", Severity::kWarning}, {"error", Severity::kError}};
  serve_app
      .add_option("--log-level", serve.log.level,
                  "Log nothing less grave than info, warning or error (default: info)")
      ->type_name("LEVEL")
      ->transform(CLI::CheckedTransformer(levels).description(""));
  serve_app.add_flag("--log-calls", serve.telemetry.log_calls,
                     "Log every call, not only those that fail by the server's fault or are slow");
  serve_app
      .add_option("--slow-call-milliseconds", serve.slow_call_milliseconds,
                  "Log a public call of one request and one answer that takes so long; 0: none")
      ->check(CLI::Range(0, 3'600'000))
      ->capture_default_str();
}

}  // namespace codeset::server
