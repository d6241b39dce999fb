#include "tests/benchmark/postgres_transport.h"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/model/status_macros.h"
#include "tests/benchmark/grpc_requests.h"

namespace codeset::bench {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

constexpr char kGet[] = "get";
constexpr char kBatch[] = "batch";
constexpr uint32_t kTextOid = 25;

absl::Status Failed(PGconn* connection) {
  return absl::UnavailableError(absl::StrCat("PostgreSQL: ", PQerrorMessage(connection)));
}

absl::Status Execute(PGconn* connection, const std::string& sql) {
  const Result result(PQexec(connection, sql.c_str()), PQclear);
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? absl::OkStatus() : Failed(connection);
}

absl::Status Prepare(PGconn* connection, const char* name, const std::string& condition) {
  const std::string sql =
      absl::StrCat("SELECT ", std::string(kConceptColumns), " FROM concept WHERE id = ", condition);
  const Result result(PQprepare(connection, name, sql.c_str(), 1, nullptr), PQclear);
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? absl::OkStatus() : Failed(connection);
}

// A field of COPY's text format.
std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\t", "\\t"}, {"\n", "\\n"}, {"\r", "\\r"}});
}

std::string CopyLine(const ConceptRow& row) {
  const auto flag = [](bool value) { return value ? "t" : "f"; };
  return absl::StrCat(row.id, "\t", row.kind, "\t", Escaped(row.title), "\t",
                      Escaped(row.short_title), "\t", flag(row.billable), "\t",
                      Escaped(row.tabular_title), "\t", row.parent_id, "\t", row.child_count, "\t",
                      row.order_number, "\t") +
         absl::StrCat(row.chapter_id, "\t", row.section_id, "\t", row.placement, "\t",
                      row.tabular_state, "\t", flag(row.poa_exempt), "\t\\\\x",
                      absl::BytesToHexString(row.rest), "\n");
}

void AppendInt(std::string& bytes, uint32_t value) {
  const uint32_t wire = htonl(value);
  bytes.append(reinterpret_cast<const char*>(&wire), sizeof(wire));
}

// An array of texts in binary format.
std::string TextArray(const std::vector<std::string>& texts) {
  std::string bytes;
  AppendInt(bytes, 1);  // Dimensions.
  AppendInt(bytes, 0);  // No nulls.
  AppendInt(bytes, kTextOid);
  AppendInt(bytes, static_cast<uint32_t>(texts.size()));
  AppendInt(bytes, 1);  // The first index.
  for (const std::string& text : texts) {
    AppendInt(bytes, static_cast<uint32_t>(text.size()));
    bytes += text;
  }
  return bytes;
}

void ReadRow(const PGresult* result, int row, ConceptRow& out) {
  int column = 0;
  const auto text = [&](std::string& to) {
    to.assign(PQgetvalue(result, row, column), PQgetlength(result, row, column));
    ++column;
  };
  const auto number = [&](int32_t& to) {
    uint32_t wire = 0;
    std::memcpy(&wire, PQgetvalue(result, row, column++), sizeof(wire));
    to = static_cast<int32_t>(ntohl(wire));
  };
  const auto flag = [&](bool& to) { to = *PQgetvalue(result, row, column++) != 0; };
  text(out.id);
  number(out.kind);
  text(out.title);
  text(out.short_title);
  flag(out.billable);
  text(out.tabular_title);
  text(out.parent_id);
  number(out.child_count);
  number(out.order_number);
  text(out.chapter_id);
  text(out.section_id);
  number(out.placement);
  number(out.tabular_state);
  flag(out.poa_exempt);
  text(out.rest);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnections>> PostgresConnections::Open(
    const std::string& address, const std::vector<v1::Concept>& concepts) {
  ASSIGN_OR_RETURN(const auto place, SplitAddress(address));
  std::unique_ptr<PostgresConnections> opened(new PostgresConnections(
      absl::StrCat("host=", place.first, " port=", place.second,
                   " user=postgres dbname=postgres sslmode=disable gssencmode=disable")));
  RETURN_IF_ERROR(opened->Fill(concepts));
  return opened;
}

PostgresConnections::~PostgresConnections() {
  for (PGconn* connection : connections_) PQfinish(connection);
}

absl::Status PostgresConnections::Fill(const std::vector<v1::Concept>& concepts) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(parameters_.c_str()),
                                                              PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) return Failed(connection.get());
  RETURN_IF_ERROR(Execute(
      connection.get(),
      "DROP TABLE IF EXISTS concept;"
      "CREATE TABLE concept (id text COLLATE \"C\", kind int, title text, short_title text,"
      " billable boolean, tabular_title text, parent_id text, child_count int, order_number int,"
      " chapter_id text, section_id text, placement int, tabular_state int, poa_exempt boolean,"
      " rest bytea)"));
  {
    const Result copy(PQexec(connection.get(), "COPY concept FROM STDIN"), PQclear);
    if (PQresultStatus(copy.get()) != PGRES_COPY_IN) return Failed(connection.get());
    for (const v1::Concept& value : concepts) {
      const std::string line = CopyLine(ToRow(value));
      if (PQputCopyData(connection.get(), line.data(), static_cast<int>(line.size())) != 1) {
        return Failed(connection.get());
      }
    }
    if (PQputCopyEnd(connection.get(), nullptr) != 1) return Failed(connection.get());
    const Result end(PQgetResult(connection.get()), PQclear);
    if (PQresultStatus(end.get()) != PGRES_COMMAND_OK) return Failed(connection.get());
    while (PGresult* more = PQgetResult(connection.get())) PQclear(more);
  }
  RETURN_IF_ERROR(Execute(connection.get(), "ALTER TABLE concept ADD PRIMARY KEY (id)"));
  // Frees readers from looking at transactions, and lets the planner know.
  return Execute(connection.get(), "VACUUM (FREEZE, ANALYZE) concept");
}

absl::Status PostgresConnections::Grow(int count) {
  while (static_cast<int>(connections_.size()) < count) RETURN_IF_ERROR(Connect());
  return absl::OkStatus();
}

absl::Status PostgresConnections::Connect() {
  PGconn* connection = connections_.emplace_back(PQconnectdb(parameters_.c_str()));
  if (PQstatus(connection) != CONNECTION_OK) return Failed(connection);
  RETURN_IF_ERROR(Prepare(connection, kGet, "$1"));
  RETURN_IF_ERROR(Prepare(connection, kBatch, "ANY($1::text[])"));
  if (PQsetnonblocking(connection, 1) != 0) return Failed(connection);
  return sockets_.Add(PQsocket(connection), static_cast<int>(connections_.size()) - 1);
}

absl::StatusOr<std::unique_ptr<PostgresTransport>> PostgresTransport::Make(
    PostgresConnections& connections, const MeasureSpec& spec, const KnownCodes& known, int slots) {
  if (spec.call != "get" && spec.call != "batch") {
    return absl::InvalidArgumentError("of PostgreSQL, get and batch can be measured");
  }
  RETURN_IF_ERROR(connections.Grow(slots));
  const bool get = spec.call == "get";
  const int each = get ? 1 : spec.size;
  std::unique_ptr<PostgresTransport> made(
      new PostgresTransport(connections, get ? kGet : kBatch, each, slots));
  CodeSource codes(known, spec.billable_only, spec.unknown_percent, spec.seed);
  for (int i = 0; i < PreparedRequests(each); ++i) {
    std::vector<std::string> ids;
    ids.reserve(each);
    for (int j = 0; j < each; ++j) ids.push_back(codes.Next());
    made->parameters_.push_back(get ? ids[0] : TextArray(ids));
  }
  return made;
}

absl::Status PostgresTransport::Start(int slot, size_t request) {
  PGconn* connection = connections_.connections_[slot];
  under_way_[slot] = {.slot = slot};
  const std::string& parameter = parameters_[request];
  const char* const value = parameter.data();
  const int length = static_cast<int>(parameter.size());
  const int format = 1;
  if (PQsendQueryPrepared(connection, statement_, 1, &value, &length, &format, format) != 1) {
    return Failed(connection);
  }
  // A request has some kilobytes, which the socket's buffer takes at once.
  return PQflush(connection) == 0 ? absl::OkStatus() : Failed(connection);
}

absl::StatusOr<bool> PostgresTransport::ReadSome(int slot) {
  PGconn* connection = connections_.connections_[slot];
  Completion& completion = under_way_[slot];
  if (PQconsumeInput(connection) != 1) return Failed(connection);
  while (PQisBusy(connection) == 0) {
    const Result result(PQgetResult(connection), PQclear);
    if (result == nullptr) return true;
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return Failed(connection);
    const int rows = PQntuples(result.get());
    if (static_cast<int>(rows_.size()) < rows) rows_.resize(rows);
    for (int row = 0; row < rows; ++row) {
      ReadRow(result.get(), row, rows_[row]);
      for (int column = 0; column < kConceptColumnCount; ++column) {
        completion.bytes += PQgetlength(result.get(), row, column);
      }
    }
    completion.found += rows;
  }
  return false;
}

absl::StatusOr<absl::Span<const Completion>> PostgresTransport::Wait(Clock::time_point deadline) {
  done_.clear();
  ASSIGN_OR_RETURN(const absl::Span<const int> readable, connections_.sockets_.Wait(deadline));
  for (const int slot : readable) {
    ASSIGN_OR_RETURN(const bool whole, ReadSome(slot));
    if (!whole) continue;
    under_way_[slot].missing = items_ - under_way_[slot].found;
    done_.push_back(under_way_[slot]);
  }
  return absl::MakeConstSpan(done_);
}

}  // namespace codeset::bench
