// SQLite in process: a prepared select by primary key, its columns read into a struct.
//
//   sqlite_benchmark --values values.bin --database FILE [--benchmark_…]
//
// The database is made anew, and then opened read-only and immutable, mapped into memory.
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"
#include "tests/benchmark/concept_rows.h"
#include "tests/benchmark/values.h"

namespace codeset::bench {
namespace {

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;
using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

constexpr int kQuestions = 1 << 16;

absl::Status Failed(sqlite3* database) {
  return absl::UnavailableError(absl::StrCat("SQLite: ", sqlite3_errmsg(database)));
}

absl::StatusOr<Database> Open(const std::string& uri, int flags) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(uri.c_str(), &opened, flags | SQLITE_OPEN_URI, nullptr);
  Database database(opened, sqlite3_close);
  if (result != SQLITE_OK) return Failed(opened);
  return database;
}

absl::StatusOr<Statement> Prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &made, nullptr) != SQLITE_OK) {
    return Failed(database);
  }
  return Statement(made, sqlite3_finalize);
}

absl::Status Execute(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus()
                                                                             : Failed(database);
}

void BindText(sqlite3_stmt* statement, int column, const std::string& text) {
  sqlite3_bind_text(statement, column, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void BindRow(sqlite3_stmt* statement, const ConceptRow& row) {
  BindText(statement, 1, row.id);
  sqlite3_bind_int(statement, 2, row.kind);
  BindText(statement, 3, row.title);
  BindText(statement, 4, row.short_title);
  sqlite3_bind_int(statement, 5, row.billable ? 1 : 0);
  BindText(statement, 6, row.tabular_title);
  BindText(statement, 7, row.parent_id);
  sqlite3_bind_int(statement, 8, row.child_count);
  sqlite3_bind_int(statement, 9, row.order_number);
  BindText(statement, 10, row.chapter_id);
  BindText(statement, 11, row.section_id);
  sqlite3_bind_int(statement, 12, row.placement);
  sqlite3_bind_int(statement, 13, row.tabular_state);
  sqlite3_bind_int(statement, 14, row.poa_exempt ? 1 : 0);
  sqlite3_bind_blob(statement, 15, row.rest.data(), static_cast<int>(row.rest.size()),
                    SQLITE_STATIC);
}

void ReadRow(sqlite3_stmt* statement, ConceptRow& row) {
  const auto bytes = [statement](int column, std::string& to) {
    // The length last: asking for the value may change its encoding.
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
    to.assign(data == nullptr ? "" : data, sqlite3_column_bytes(statement, column));
  };
  bytes(0, row.id);
  row.kind = sqlite3_column_int(statement, 1);
  bytes(2, row.title);
  bytes(3, row.short_title);
  row.billable = sqlite3_column_int(statement, 4) != 0;
  bytes(5, row.tabular_title);
  bytes(6, row.parent_id);
  row.child_count = sqlite3_column_int(statement, 7);
  row.order_number = sqlite3_column_int(statement, 8);
  bytes(9, row.chapter_id);
  bytes(10, row.section_id);
  row.placement = sqlite3_column_int(statement, 11);
  row.tabular_state = sqlite3_column_int(statement, 12);
  row.poa_exempt = sqlite3_column_int(statement, 13) != 0;
  bytes(14, row.rest);
}

absl::Status Fill(const std::string& path, const std::vector<v1::Concept>& concepts) {
  std::filesystem::remove(path);
  ASSIGN_OR_RETURN(const Database database, Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  RETURN_IF_ERROR(Execute(
      database.get(),
      "CREATE TABLE concept (id TEXT PRIMARY KEY, kind INT, title TEXT, short_title TEXT,"
      " billable INT, tabular_title TEXT, parent_id TEXT, child_count INT, order_number INT,"
      " chapter_id TEXT, section_id TEXT, placement INT, tabular_state INT, poa_exempt INT,"
      " rest BLOB) WITHOUT ROWID; BEGIN"));
  ASSIGN_OR_RETURN(
      const Statement insert,
      Prepare(database.get(), absl::StrCat("INSERT INTO concept (", std::string(kConceptColumns),
                                           ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")));
  for (const v1::Concept& value : concepts) {
    const ConceptRow row = ToRow(value);
    BindRow(insert.get(), row);
    if (sqlite3_step(insert.get()) != SQLITE_DONE) return Failed(database.get());
    sqlite3_reset(insert.get());
  }
  return Execute(database.get(), "COMMIT; ANALYZE; VACUUM");
}

void Select(::benchmark::State& state, sqlite3* database, const std::vector<std::string>& codes) {
  const auto select = Prepare(database, absl::StrCat("SELECT ", std::string(kConceptColumns),
                                                     " FROM concept WHERE id = ?"));
  if (!select.ok()) {
    state.SkipWithError("the statement cannot be prepared");
    return;
  }
  ConceptRow row;
  size_t next = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    BindText(select->get(), 1, codes[next]);
    if (sqlite3_step(select->get()) == SQLITE_ROW) ReadRow(select->get(), row);
    ::benchmark::DoNotOptimize(row);
    sqlite3_reset(select->get());
    if (++next == codes.size()) next = 0;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

absl::Status Run(const std::string& values, const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<v1::Concept> concepts, ReadValues(values));
  RETURN_IF_ERROR(Fill(path, concepts));
  ASSIGN_OR_RETURN(const Database database,
                   Open(absl::StrCat("file:", path, "?immutable=1"), SQLITE_OPEN_READONLY));
  RETURN_IF_ERROR(Execute(database.get(),
                          "PRAGMA locking_mode=EXCLUSIVE; PRAGMA mmap_size=268435456;"
                          "PRAGMA cache_size=-65536; BEGIN; SELECT count(*) FROM concept"));
  const KnownCodes known(concepts);
  CodeSource source(known, /*billable_only=*/false, /*unknown_percent=*/5, /*seed=*/1);
  std::vector<std::string> codes;
  for (int i = 0; i < kQuestions; ++i) codes.push_back(source.Next());
  ::benchmark::RegisterBenchmark(
      "Sqlite/select", [&](::benchmark::State& state) { Select(state, database.get(), codes); });
  ::benchmark::RunSpecifiedBenchmarks();
  ::benchmark::Shutdown();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  ::benchmark::Initialize(&argc, argv);
  CLI::App app("SQLite in process", "sqlite_benchmark");
  std::string values, database;
  app.add_option("--values", values, "What `load_generator values` wrote")->required();
  app.add_option("--database", database, "The file to be made anew")->required();
  CLI11_PARSE(app, argc, argv);
  if (const absl::Status status = Run(values, database); !status.ok()) {
    std::cerr << "sqlite_benchmark: " << status << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }
