// reference queue and usage: what is to be verified next, and the counts that order it.
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/csv_reader.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/reference_output.h"
#include "client/codesetctl/status_words.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

constexpr std::size_t kMaxCounts = 100000;

// The codes of the groups of one answer: all calls ask the release and day of the first.
class GroupCodes {
 public:
  GroupCodes(const Session& session, const client::Client& client,
             const client::QueueHeader& header)
      : client_(client) {
    *request_.mutable_release() = SelectorOf(session.arguments);
    // The same release even if `current` moves meanwhile; what was asserted of it still is.
    request_.mutable_release()->set_release(header.release.release_id());
    request_.mutable_release()->set_allow_stale(false);
    request_.set_as_of(header.as_of);
    request_.set_under(session.arguments.under);
  }

  client::QueueCodeRange Of(const v1::QueueGroup& group) {
    request_.set_group_id(group.id());
    return client_.ListQueueCodes(request_);
  }

 private:
  const client::Client& client_;
  v1::ListQueueCodesRequest request_;
};

v1::ListVerificationQueueRequest QueueRequestOf(const Arguments& arguments) {
  v1::ListVerificationQueueRequest request;
  *request.mutable_release() = SelectorOf(arguments);
  request.set_as_of(arguments.reference.as_of);
  for (const v1::VerificationStatus status : arguments.reference.statuses) {
    request.add_statuses(status);
  }
  for (const v1::ChangeLevel level : arguments.reference.levels) request.add_levels(level);
  for (const v1::Facet facet : arguments.facets) request.add_facets(facet);
  request.set_under(arguments.under);
  return request;
}

// Prints one group with its codes.
ExitCode PrintCodes(const Session& session, const v1::QueueGroup& group,
                    const client::QueueHeader& header, client::QueueCodeRange codes) {
  std::ostream& out = session.environment.out;
  std::vector<v1::QueueCode> rows;
  for (absl::StatusOr<v1::QueueCode>& code : codes) {
    if (!code.ok()) return Fail(session, code.status());
    switch (session.arguments.format) {
      case Format::kCsv:
        out << QueueCsv(group, *code, header.release.release_id(), header.as_of);
        break;
      case Format::kJson:
        out << JsonLine({{"groupId", JsonString(group.id())}, {"code", ToJson(*code)}});
        break;
      default:
        rows.push_back(*std::move(code));
    }
  }
  if (session.arguments.format != Format::kTable) return ExitCode::kDone;
  out << absl::StrCat("\n", WordsOf(group.status()), ": ", CauseText(group), "\n")
      << FormatTable(QueueCodeTable(rows), session.environment.columns);
  return ExitCode::kDone;
}

std::string NameOfFile(const std::string& path) { return path == "-" ? "standard input" : path; }

// The counts of a file.
absl::StatusOr<v1::SetUsageCountsRequest> ReadCounts(std::istream& in, const std::string& name) {
  CsvReader reader(in, name);
  v1::SetUsageCountsRequest request;
  // The row of each code, without what its spellings differ in.
  std::map<std::string, std::int64_t> rows;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<CsvReader::Record> record, reader.Next());
    if (!record.has_value()) return request;
    const auto wrong = [&](const std::string& why) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": row ", reader.row(), ": ", why));
    };
    if (record->size() != 2) {
      return wrong(absl::StrCat("it has ", record->size(), " fields; there are two: code,count"));
    }
    const std::string code(absl::StripAsciiWhitespace(record->front()));
    std::int64_t count = 0;
    if (!absl::SimpleAtoi(record->back(), &count)) {
      if (reader.row() == 1 && absl::EqualsIgnoreCase(code, "code")) continue;
      return wrong(
          absl::StrCat("the count ", model::Quoted(record->back()), " is no whole number"));
    }
    if (count < 0) return wrong(absl::StrCat("the count ", count, " is negative"));
    if (code.empty()) return wrong("there is no code");
    const std::string plain =
        absl::AsciiStrToUpper(absl::StrReplaceAll(code, {{".", ""}, {" ", ""}}));
    if (const auto [at, is_new] = rows.emplace(plain, reader.row()); !is_new) {
      return wrong(absl::StrCat(code, " has a count in row ", at->second, " already"));
    }
    if (rows.size() > kMaxCounts) {
      return wrong(absl::StrCat("a file has at most ", kMaxCounts, " codes"));
    }
    v1::UsageCount* usage = request.add_counts();
    usage->set_code(code);
    usage->set_count(count);
  }
}

absl::StatusOr<v1::SetUsageCountsRequest> ReadCountsOf(const Session& session) {
  const std::string& path = session.arguments.paths.front();
  if (path == "-") {
    if (session.environment.in == nullptr) return absl::InvalidArgumentError("nothing to read");
    return ReadCounts(*session.environment.in, NameOfFile(path));
  }
  std::ifstream file(path, std::ios::binary);
  // Reading shows that a folder is none. A file without counts would take all away, and is
  // likelier a mistake.
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", path, ", or there is nothing in it"));
  }
  return ReadCounts(file, path);
}

}  // namespace

ExitCode RunReferenceQueue(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  std::ostream& out = session.environment.out;
  client::QueueRange range = client.ListVerificationQueue(QueueRequestOf(arguments));
  const absl::StatusOr<client::QueueHeader> header = range.header();
  if (!header.ok()) return Fail(session, header.status());
  TellRelease(session, header->release);
  if (arguments.format == Format::kCsv) out << QueueCsvHeading();
  if (arguments.format == Format::kJson) {
    out << JsonLine({{"release", ToJson(header->release)},
                     {"asOf", JsonString(header->as_of)},
                     {"pages", absl::StrCat(header->pages)},
                     {"totalGroups", absl::StrCat(header->total_groups)}});
  }
  GroupCodes group_codes(session, client, *header);
  std::vector<v1::QueueGroup> groups;
  const bool codes = arguments.reference.list_codes || arguments.format == Format::kCsv;
  for (absl::StatusOr<v1::QueueGroup>& group : range) {
    if (!group.ok()) return Fail(session, group.status());
    if (!out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    if (arguments.format == Format::kJson) out << JsonLine({{"group", ToJson(*group)}});
    if (codes) {
      const ExitCode printed = PrintCodes(session, *group, *header, group_codes.Of(*group));
      if (printed != ExitCode::kDone) return printed;
    } else if (arguments.format == Format::kTable) {
      groups.push_back(*std::move(group));
    }
  }
  if (!groups.empty()) out << FormatTable(QueueTable(groups), session.environment.columns);
  session.environment.err << absl::StrCat(CountText(header->total_groups, "group", "groups"),
                                          " over ", CountText(header->pages, "page", "pages"),
                                          ", reckoned from ", header->as_of, "\n");
  return ExitCode::kDone;
}

ExitCode RunReferenceUsage(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<v1::SetUsageCountsRequest> counts = ReadCountsOf(session);
  if (!counts.ok()) {
    session.environment.err << absl::StrCat("codesetctl: ", counts.status().message(), "\n");
    return ExitCode::kUsage;
  }
  const absl::StatusOr<v1::SetUsageCountsResponse> answer = admin.SetUsageCounts(*counts);
  if (!answer.ok()) return FailAdmin(session, answer.status());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(*answer) << "\n";
      break;
    case Format::kCsv:
      out << FormatCsvRecord({"codes"}) << FormatCsvRecord({absl::StrCat(answer->codes())});
      break;
    default:
      out << CountText(answer->codes(), "code has", "codes have") << " a count now\n";
  }
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
