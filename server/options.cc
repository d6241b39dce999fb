#include "server/options.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

#include "server/options_limits.h"
#include "server/options_security.h"
#include "server/options_telemetry.h"

namespace codeset::server {

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("Terminology server for ICD-10-CM", "codesetd");
  app.set_version_flag("--version", "codesetd " CODESET_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 2 the command line or the files are wrong; 3 refused, or the data "
      "directory or an address could not be opened.");

  ServeCommand serve;
  CLI::App* serve_app = app.add_subcommand("serve", "Serve the releases of a data directory");
  serve_app->add_option("--data-dir", serve.data_dir, "The data directory; created if missing")
      ->required();
  serve_app
      ->add_option("--listen", serve.listen, "Public address, HOST:PORT (port 0: any) or unix:PATH")
      ->capture_default_str();
  serve_app->add_option(
      "--admin-listen", serve.admin_listen,
      "Admin address, HOST:PORT or unix:PATH; default: the socket admin.sock in the data "
      "directory, for its owner alone. Over TCP it asks for client certificates or tokens");
  serve_app->add_option("--edition-register", serve.edition_register,
                        "File with editions to add to the built-in register, one a line: id, "
                        "first day in force, changed groups (order,tabular,poa,conversion or -)");
  serve_app->add_option("--source-editions", serve.source_editions,
                        "File with editions of guidelines and other works to add to the register "
                        "of source editions, one a line: series, edition, first day");
  serve_app
      ->add_option("--verification-days", serve.verification_days,
                   "After so many days a verification of a reference page is expired")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  serve_app
      ->add_option("--drain-seconds", serve.drain_seconds,
                   "How long calls under way may take after SIGTERM")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  serve_app
      ->add_option("--drain-notice-seconds", serve.drain_notice_seconds,
                   "How long after SIGTERM health says NOT_SERVING and new calls are still taken, "
                   "so that those who balance load turn away; a second signal ends it")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  AddSecurityOptions(*serve_app, serve);
  AddTelemetryOptions(*serve_app, serve);
  AddLimitOptions(*serve_app, serve);

  serve_app
      ->add_option("--scrub-hours", serve.scrub_hours,
                   "Prove all that is stored against its digests every so many hours; 0: never")
      ->check(CLI::Range(0, 8760))
      ->capture_default_str();
  serve_app
      ->add_option("--scrub-mib-per-second", serve.scrub_mib_per_second,
                   "How much of it is proved in a second, 0: as much as can be")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();

  AdoptCommand adopt;
  CLI::App* adopt_app = app.add_subcommand(
      "adopt",
      "Take a data directory as it is that is refused because it may have lost writes: it opens "
      "from then on, and what it lost is gone");
  adopt_app->add_option("--data-dir", adopt.data_dir, "The data directory")->required();

  LoadCommand load;
  std::string effective, activate_on, base;
  std::vector<std::string> words, allow;
  bool dry_run = false, discard_sources = false;
  CLI::App* load_app =
      app.add_subcommand("load", "Load a release into a data directory that no server has open");
  load_app->add_option("--data-dir", load.data_dir, "The data directory; created if missing")
      ->required();
  load_app
      ->add_option("words", words,
                   "The id to load under, YYYY[-MM][.N], and published files: zips, folders or "
                   "loose files; or a portable file alone, for all releases in it")
      ->option_text("[ID] PATH...")
      ->required();
  load_app->add_option("--effective", effective,
                       "First day in force, YYYY-MM-DD, where it is not what the id says");
  load_app->add_option("--activate-on", activate_on,
                       "Hold the release back from dates and labels until this day, YYYY-MM-DD, or "
                       "never");
  load_app->add_option("--base", base,
                       "Build the order facts from this loaded release and the order addenda among "
                       "the files, for an edition without an order file");
  load_app->add_flag("--dry-run", dry_run, "Do all but write");
  load_app->add_option("--allow", allow, "Accept a fatal class of disagreement; may be repeated")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  load_app->add_flag("--no-keep-sources", discard_sources,
                     "Do not keep the files in the data directory");

  RestoreCommand restore;
  CLI::App* restore_app = app.add_subcommand(
      "restore", "Make a data directory of a backup (codesetctl backup create), and prove it");
  restore_app->add_option("--from", restore.from, "The folder of backups, by its absolute path")
      ->required();
  restore_app
      ->add_option("--data-dir", restore.data_dir,
                   "The data directory to make: an empty folder, or one that is not there yet")
      ->required();
  restore_app->add_option("--backup", restore.backup, "The backup's number (default: the newest)")
      ->check(CLI::Range(uint32_t{1}, std::numeric_limits<uint32_t>::max()).description(""));
  restore_app->add_flag("--dry-run", restore.dry_run,
                        "Restore and prove, in the same place, and then remove it again");

  MigrateCommand migrate;
  CLI::App* migrate_app = app.add_subcommand(
      "migrate",
      "Make a data directory anew from the sources that another one keeps, and prove it");
  migrate_app->add_option("--data-dir", migrate.data_dir, "The data directory; it is not changed")
      ->required();
  migrate_app
      ->add_option("--to", migrate.to,
                   "The data directory to make: an empty folder, or one that is not there yet")
      ->required();
  migrate_app->add_flag("--accept-changes", migrate.accept_changes,
                        "Keep it also where the fingerprint of a release is another");
  HashTokenCommand hash_token;
  CLI::App* hash_token_app = AddHashTokenCommand(app, hash_token);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  if (serve_app->parsed()) return serve;
  if (adopt_app->parsed()) return adopt;
  if (restore_app->parsed()) return restore;
  if (migrate_app->parsed()) return migrate;
  if (hash_token_app->parsed()) return hash_token;
  // One word alone is a portable file, whose releases have their ids.
  if (words.size() > 1) load.options.set_release_id(words.front());
  load.paths.assign(words.begin() + (words.size() > 1 ? 1 : 0), words.end());
  load.options.set_effective_date(effective);
  load.options.set_activate_on(activate_on);
  load.options.set_base_release_id(base);
  load.options.set_dry_run(dry_run);
  load.options.set_discard_sources(discard_sources);
  for (const std::string& name : allow) load.options.add_allow(name);
  return load;
}

}  // namespace codeset::server
