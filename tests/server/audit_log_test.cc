// The audit log: a line for every admin call, whatever became of it, and nothing in it or in the
// server's log that is to stay secret.
#include "server/audit_log.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "server/admin_tokens.h"
#include "storage/model/error.h"
#include "tests/server/certificates.h"
#include "tests/server/fixture.h"
#include "tests/server/generic_call.h"
#include "tests/server/upload_messages.h"

namespace codeset::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kToken[] = "correct-horse-battery-staple-0123456789";

// A line as its reader sees it.
class Line {
 public:
  explicit Line(const std::string& json) {
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &values_).ok()) << json;
  }

  std::string operator[](const std::string& name) const { return Of(values_, name); }
  std::string Parameter(const std::string& name) const {
    return Of(values_.fields().at("parameters").struct_value(), name);
  }

 private:
  static std::string Of(const google::protobuf::Struct& values, const std::string& name) {
    const auto place = values.fields().find(name);
    if (place == values.fields().end()) return "(none)";
    const google::protobuf::Value& value = place->second;
    if (value.has_number_value()) return absl::StrCat(value.number_value());
    if (value.has_bool_value()) return value.bool_value() ? "true" : "false";
    return value.string_value();
  }

  google::protobuf::Struct values_;
};

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() {
    store::StoreOptions options;
    options.owner = "a test";
    auto store = store::Store::Open(folder_.path() + "/data", options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    WriteFile(folder_.path() + "/tokens", *TokenLine("deploy", kToken) + "\n");
  }

  void Start(const std::string& token_file = "") {
    auto server = Server::Start(
        {*store_},
        {"127.0.0.1:0", "unix:" + folder_.path() + "/admin", {}, {}, token_file, audit_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::Admin::NewStub(
        grpc::CreateChannel(server_->admin_address(), grpc::InsecureChannelCredentials()));
  }

  std::string Text() {
    std::ifstream file(audit_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::vector<Line> Lines() {
    std::vector<Line> lines;
    for (const absl::string_view line : absl::StrSplit(Text(), '\n', absl::SkipEmpty())) {
      lines.emplace_back(std::string(line));
    }
    return lines;
  }

  grpc::Status SetLabel(grpc::ClientContext& context, const std::string& label,
                        const std::string& by) {
    v1::SetLabelRequest request;
    request.set_label(label);
    request.set_release_id("2025");
    request.set_exact(true);
    request.set_by(by);
    v1::SetLabelResponse response;
    return stub_->SetLabel(&context, request, &response);
  }

  grpc::Status Load(const v1::LoadOptions& options, const std::vector<source::InputFile>& files) {
    grpc::ClientContext context;
    const auto call = stub_->LoadRelease(&context);
    v1::LoadReleaseRequest request;
    *request.mutable_options() = options;
    call->Write(request);
    for (const source::InputFile& file : files) call->Write(Chunk(file.name, file.bytes));
    call->Write(EndOf(files));
    call->WritesDone();
    v1::LoadReleaseResponse response;
    while (call->Read(&response)) {
      // The line is there before the report is.
      if (response.has_report()) lines_at_report_ = Lines().size();
    }
    return call->Finish();
  }

  TemporaryFolder folder_;
  const std::string audit_ = folder_.path() + "/audit.log";
  size_t lines_at_report_ = 0;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::Admin::Stub> stub_;
};

TEST_F(AuditLogTest, TellsWhoDidWhatAndWhatCameOfIt) {
  Start();
  v1::LoadOptions options;
  options.set_release_id("2025");
  const auto files = MiniatureFiles("2025");
  const grpc::Status loaded = Load(options, files);
  ASSERT_TRUE(loaded.ok()) << loaded.error_message();
  EXPECT_EQ(lines_at_report_, 1u);
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "release-42");
  const absl::Time before = absl::Now();
  ASSERT_TRUE(SetLabel(context, "prod", "jane").ok());
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-request-id")->second, "release-42");
  grpc::ClientContext refused;
  EXPECT_EQ(ReasonIn(SetLabel(refused, "2025", "j\"\n\x7f\\é")), "LABEL_INVALID");

  const std::vector<Line> lines = Lines();
  ASSERT_EQ(lines.size(), 3u) << Text();
  EXPECT_EQ(lines[0]["method"], "LoadRelease");
  EXPECT_EQ(lines[0]["result"], "OK");
  EXPECT_EQ(lines[0].Parameter("options.release_id"), "2025");
  size_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes.size();
  EXPECT_EQ(lines[0].Parameter("chunk.data"), absl::StrCat(bytes));
  EXPECT_THAT(Text(), Not(HasSubstr("Cholera")));

  EXPECT_EQ(lines[1]["method"], "SetLabel");
  EXPECT_EQ(lines[1]["result"], "OK");
  EXPECT_EQ(lines[1]["request_id"], "release-42");
  EXPECT_EQ(lines[1]["by"], "jane");
  EXPECT_EQ(lines[1]["peer"], "unix:");
  EXPECT_EQ(lines[1]["certificate"], "");
  EXPECT_EQ(lines[1]["token"], "");
  EXPECT_EQ(lines[1].Parameter("label"), "prod");
  EXPECT_EQ(lines[1].Parameter("release_id"), "2025");
  EXPECT_EQ(lines[1].Parameter("exact"), "true");
  absl::Time time;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, lines[1]["time"], &time, &error)) << error;
  EXPECT_GE(time, before - absl::Microseconds(1));
  EXPECT_LE(time, absl::Now());
  EXPECT_EQ(lines[1]["time"].back(), 'Z');

  EXPECT_EQ(lines[2]["result"], "LABEL_INVALID");
  EXPECT_THAT(lines[2]["message"], HasSubstr("label"));
  EXPECT_EQ(lines[2]["by"], "j\"\n\x7f\\é");
  EXPECT_EQ(lines[2]["request_id"].size(), 16u);
}

TEST_F(AuditLogTest, TellsOfCallsThatWereNotLetInAndOfNoToken) {
  ::testing::internal::CaptureStderr();
  Start(folder_.path() + "/tokens");
  const std::string wrong = absl::StrCat(kToken, "-wrong");
  for (const std::string& token : {std::string(kToken), wrong}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    SetLabel(context, "prod", "jane").error_code();
  }
  server_.reset();
  const std::vector<Line> lines = Lines();
  ASSERT_EQ(lines.size(), 2u) << Text();
  EXPECT_EQ(lines[0]["token"], "deploy");
  EXPECT_EQ(lines[0]["result"], "RELEASE_NOT_FOUND");
  EXPECT_EQ(lines[1]["token"], "");
  EXPECT_EQ(lines[1]["result"], "UNAUTHENTICATED");
  EXPECT_EQ(lines[1]["by"], "jane");
  EXPECT_THAT(Text(), Not(HasSubstr("horse")));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(HasSubstr("horse")));
}

TEST_F(AuditLogTest, NamesTheSubjectOfACertificate) {
  const Authority authority("test authority");
  const Issued issued = authority.Issue("localhost");
  const TlsFiles files{folder_.path() + "/cert", folder_.path() + "/key", folder_.path() + "/ca"};
  WriteFile(files.certificate, issued.certificate);
  WriteFile(files.key, issued.key);
  WriteFile(files.client_ca, authority.pem());
  ::testing::internal::CaptureStderr();
  auto server = Server::Start({*store_}, {"127.0.0.1:0", "127.0.0.1:0", {}, files, "", audit_});
  ASSERT_TRUE(server.ok()) << server.status();
  const Issued client = authority.Issue("release robot");
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  stub_ = v1::Admin::NewStub(grpc::CreateCustomChannel(
      (*server)->admin_address(),
      grpc::SslCredentials({authority.pem(), client.key, client.certificate}), arguments));
  grpc::ClientContext context;
  EXPECT_EQ(ReasonIn(SetLabel(context, "prod", "jane")), "RELEASE_NOT_FOUND");
  // Replaced by one that does not fit, so that the server says so in its log.
  WriteFile(files.key, client.key);
  grpc::ClientContext again;
  grpc::CreateCustomChannel((*server)->admin_address(),
                            grpc::SslCredentials({authority.pem(), "", ""}), arguments)
      ->WaitForConnected(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  server->reset();
  const std::vector<Line> lines = Lines();
  ASSERT_EQ(lines.size(), 1u) << Text();
  EXPECT_EQ(lines[0]["certificate"], "CN=release robot");
  EXPECT_THAT(lines[0]["peer"], ::testing::StartsWith("ipv4:127.0.0.1:"));
  // Of the keys nothing but the words that all keys begin with.
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("does not fit the certificate"));
  for (const std::string& key : {issued.key, client.key}) {
    const std::vector<std::string> key_lines = absl::StrSplit(key, '\n', absl::SkipEmpty());
    for (size_t i = 1; i + 1 < key_lines.size(); ++i) {
      EXPECT_THAT(log, Not(HasSubstr(key_lines[i])));
      EXPECT_THAT(Text(), Not(HasSubstr(key_lines[i])));
    }
  }
}

TEST_F(AuditLogTest, CountsWhatCallsHoldAndTellsNoContents) {
  Start();
  v1::RecordVerificationRequest request;
  for (int i = 0; i < 3; ++i) request.add_verifications()->set_code("A00.0");
  grpc::ClientContext context;
  v1::RecordVerificationResponse response;
  EXPECT_FALSE(stub_->RecordVerification(&context, request, &response).ok());
  grpc::ClientContext import_context;
  const auto import = stub_->ImportReferences(&import_context);
  v1::ImportReferencesRequest message;
  message.mutable_options()->set_by("jane");
  message.mutable_options()->mutable_release()->set_release("2025");
  import->Write(message);
  for (int i = 0; i < 2; ++i) {
    message.mutable_documents()->clear_references();
    message.mutable_documents()->add_references()->set_code("secret contents");
    import->Write(message);
  }
  import->WritesDone();
  EXPECT_FALSE(import->Finish().ok());
  const std::vector<Line> lines = Lines();
  ASSERT_EQ(lines.size(), 2u) << Text();
  EXPECT_EQ(lines[0].Parameter("verifications"), "3");
  EXPECT_EQ(lines[1]["by"], "jane");
  EXPECT_EQ(lines[1].Parameter("options.release.release"), "2025");
  EXPECT_THAT(Text(), Not(HasSubstr("secret contents")));
}

TEST_F(AuditLogTest, IsForItsOwnerAndCanBeMovedAway) {
  Start();
  struct stat status {};
  ASSERT_EQ(::stat(audit_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    EXPECT_FALSE(SetLabel(context, "prod", "jane").ok());
    ASSERT_EQ(Lines().size(), 1u);
    std::filesystem::rename(audit_, absl::StrCat(audit_, i));
    EXPECT_THAT(Text(), IsEmpty());
  }
}

TEST_F(AuditLogTest, GoesToStandardErrorWhereItsFileCannotBeWritten) {
  Start();
  std::filesystem::remove(audit_);
  std::filesystem::create_directory(audit_);
  ::testing::internal::CaptureStderr();
  grpc::ClientContext context;
  EXPECT_FALSE(SetLabel(context, "prod", "jane").ok());
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("audit.log cannot be written (Is a directory)"));
  EXPECT_THAT(log, HasSubstr("\n{\"time\""));
  EXPECT_THAT(log, HasSubstr("\"method\":\"SetLabel\""));
}

// A call that was let in, or not.
AuditRecord RecordOf(bool let_in, const std::string& peer) {
  AuditRecord record;
  record.time = absl::Now();
  record.method = "SetLabel";
  record.caller = {
      peer, "", "",
      let_in ? absl::OkStatus() : model::MakeError(model::Reason::kUnauthenticated, "no token")};
  record.result = let_in ? "OK" : "UNAUTHENTICATED";
  return record;
}

TEST_F(AuditLogTest, CountsCallsThatAreNotLetInBeyondSoManyAMinute) {
  constexpr int kMore = 1000;
  {
    auto log = AuditLog::Open(audit_, absl::Hours(1));
    ASSERT_TRUE(log.ok()) << log.status();
    for (int i = 0; i < kRefusedLinesAMinute + kMore; ++i) {
      (*log)->Write(RecordOf(false, absl::StrCat("peer ", i)));
      // Those that are let in have a line each, whatever the others do.
      if (i % 100 == 0) (*log)->Write(RecordOf(true, "operator"));
    }
  }
  const std::vector<Line> lines = Lines();
  int refused = 0, done = 0;
  for (const Line& line : lines) {
    if (line["method"].empty()) continue;
    ++(line["result"] == "OK" ? done : refused);
  }
  EXPECT_EQ(refused, kRefusedLinesAMinute);
  EXPECT_EQ(done, 1 + (kRefusedLinesAMinute + kMore - 1) / 100);
  ASSERT_EQ(static_cast<int>(lines.size()), refused + done + 1) << Text();
  EXPECT_EQ(lines.back()["method"], "");
  EXPECT_EQ(lines.back()["result"], "UNAUTHENTICATED");
  EXPECT_EQ(lines.back()["peer"], absl::StrCat("peer ", kRefusedLinesAMinute + kMore - 1));
  EXPECT_EQ(lines.back().Parameter("calls"), absl::StrCat(kMore));
  absl::Time since;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, lines.back().Parameter("since"), &since, &error))
      << error;
}

TEST_F(AuditLogTest, BeginsToCountAnewAfterAMinute) {
  constexpr absl::Duration kMinute = absl::Milliseconds(100);
  auto log = AuditLog::Open(audit_, kMinute);
  ASSERT_TRUE(log.ok()) << log.status();
  const absl::Time begin = absl::Now();
  for (int i = 0; i < kRefusedLinesAMinute + 3; ++i) (*log)->Write(RecordOf(false, "somebody"));
  if (absl::Now() - begin > kMinute) GTEST_SKIP() << "the machine is too slow";
  EXPECT_EQ(static_cast<int>(Lines().size()), kRefusedLinesAMinute);
  absl::SleepFor(kMinute);
  (*log)->Write(RecordOf(true, "operator"));
  std::vector<Line> lines = Lines();
  ASSERT_EQ(static_cast<int>(lines.size()), kRefusedLinesAMinute + 2);
  EXPECT_EQ(lines[kRefusedLinesAMinute].Parameter("calls"), "3");
  EXPECT_EQ(lines.back()["peer"], "operator");
  for (int i = 0; i < 2; ++i) (*log)->Write(RecordOf(false, "somebody"));
  EXPECT_EQ(static_cast<int>(Lines().size()), kRefusedLinesAMinute + 4);
}

TEST_F(AuditLogTest, NonsenseFromOutsideIsCountedToo) {
  Start(folder_.path() + "/tokens");
  const auto channel =
      grpc::CreateChannel(server_->admin_address(), grpc::InsecureChannelCredentials());
  constexpr int kCalls = kRefusedLinesAMinute + 20;
  for (int i = 0; i < kCalls; ++i) {
    // No SetLabelRequest, which gRPC finds out before anybody asks for a token.
    GenericCall call(channel, "/codeset.v1.Admin/SetLabel", "\xff\xff\xff");
    EXPECT_FALSE(call.Finish().ok());
  }
  server_.reset();
  const std::vector<Line> lines = Lines();
  ASSERT_EQ(static_cast<int>(lines.size()), kRefusedLinesAMinute + 1) << Text();
  EXPECT_EQ(lines.back().Parameter("calls"), "20");
}

TEST_F(AuditLogTest, BeginsALineAfterOneThatIsTorn) {
  WriteFile(audit_, "{\"time\":\"2026-11-3");
  Start();
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    EXPECT_FALSE(SetLabel(context, "prod", "jane").ok());
  }
  const std::vector<std::string> lines = absl::StrSplit(Text(), '\n');
  ASSERT_EQ(lines.size(), 4u) << Text();
  EXPECT_EQ(lines[0], "{\"time\":\"2026-11-3");
  EXPECT_EQ(Line(lines[1])["method"], "SetLabel");
  EXPECT_EQ(Line(lines[2])["method"], "SetLabel");
  EXPECT_EQ(lines[3], "");
}

TEST(AuditParametersTest, CutsLongTextsAndKeepsTheLineOne) {
  AuditParameters parameters;
  v1::SetLabelRequest request;
  request.set_label(std::string(199, 'a') + "é" + std::string(1000, 'b'));
  parameters.Add(request);
  const std::string json = parameters.ToJson();
  EXPECT_EQ(json, "{\"label\":\"" + std::string(199, 'a') + "\"}");
}

}  // namespace
}  // namespace codeset::server
