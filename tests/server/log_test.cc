// The server's log: what a line holds, and that nobody can forge one.
#include "server/log.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace codeset::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kTime = absl::FromUnixMillis(1'800'000'000'123);

std::string Text(absl::string_view message, std::initializer_list<LogField> fields = {}) {
  return FormatLogLine(LogFormat::kText, kTime, Severity::kWarning, message, fields);
}

google::protobuf::Struct Json(absl::string_view message,
                              std::initializer_list<LogField> fields = {}) {
  const std::string line =
      FormatLogLine(LogFormat::kJson, kTime, Severity::kError, message, fields);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  EXPECT_EQ(line.back(), '\n');
  google::protobuf::Struct values;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &values).ok()) << line;
  return values;
}

TEST(LogTest, TextHasTimeSeverityMessageAndFields) {
  EXPECT_EQ(Text("listening on 127.0.0.1:1"),
            "2027-01-15T08:00:00.123Z warning listening on 127.0.0.1:1\n");
  EXPECT_EQ(Text("done", {{"releases", "2026"}, {"findings", 3}, {"error", "no room, at all"}}),
            "2027-01-15T08:00:00.123Z warning done releases=2026 findings=3 "
            "error=\"no room, at all\"\n");
  EXPECT_EQ(Text("done", {{"path", ""}, {"equation", "a=b"}}),
            "2027-01-15T08:00:00.123Z warning done path=\"\" equation=\"a=b\"\n");
}

TEST(LogTest, JsonHasTheSame) {
  const google::protobuf::Struct values = Json("do\"ne", {{"releases", "2026"}, {"findings", 3}});
  const auto& fields = values.fields();
  EXPECT_EQ(fields.at("time").string_value(), "2027-01-15T08:00:00.123Z");
  EXPECT_EQ(fields.at("severity").string_value(), "error");
  EXPECT_EQ(fields.at("message").string_value(), "do\"ne");
  EXPECT_EQ(fields.at("releases").string_value(), "2026");
  EXPECT_EQ(fields.at("findings").number_value(), 3);
  EXPECT_EQ(fields.size(), 5u);
}

// What a caller sends may end up in a message.
TEST(LogTest, ALineStaysOneLine) {
  const std::string forged = "x\n2027-01-15T08:00:00.123Z error forged\x1b[2J\r\x7f";
  for (const std::string& line : {Text(forged), Text("m", {{"error", forged}})}) {
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    for (const char c : {'\x1b', '\r', '\x7f'}) EXPECT_EQ(line.find(c), std::string::npos) << line;
  }
  EXPECT_EQ(Json("m", {{"error", forged}}).fields().at("error").string_value(), forged);
  // Bytes that are no UTF-8 would make the whole line unreadable.
  EXPECT_THAT(Json("\xff").fields().at("message").string_value(), HasSubstr("xFF"));
}

TEST(LogTest, LongValuesAreCut) {
  EXPECT_EQ(Json("m", {{"error", std::string(5000, 'x')}}).fields().at("error").string_value(),
            std::string(1024, 'x'));
}

TEST(LogTest, WritesWhatIsGraveEnoughAndCountsAll) {
  const auto before = LogLines();
  ::testing::internal::CaptureStderr();
  SetLog({LogFormat::kJson, Severity::kWarning});
  Log(Severity::kInfo, "quiet");
  Log(Severity::kWarning, "loud", {{"n", 1}});
  Log(Severity::kError, "louder");
  SetLog({});
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, Not(HasSubstr("quiet")));
  EXPECT_THAT(log, HasSubstr("\"severity\":\"warning\",\"message\":\"loud\",\"n\":1}\n"));
  EXPECT_THAT(log, HasSubstr("\"message\":\"louder\"}\n"));
  const auto after = LogLines();
  for (size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i] - before[i], 1u) << i;
}

}  // namespace
}  // namespace codeset::server
