// Runs codesetctl in this process against connections whose answers a test sets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/codesetctl.h"
#include "tests/client/mock_connection.h"

namespace codeset::ctl {

class CtlTest : public ::testing::Test {
 protected:
  CtlTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              absl::StrCat("ctl_", info->test_suite_name(), "_", info->name(), "_", getpid());
    std::filesystem::create_directories(folder_);
  }
  ~CtlTest() override { std::filesystem::remove_all(folder_); }

  ExitCode Call(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    return ctl::Run(
        args,
        {out_, err_, columns_, false, [this](const std::string& name) { return variables_[name]; },
         [this](const std::string&, const client::ConnectionOptions&) { return connection_; },
         [this](const std::string&, const client::ConnectionOptions&) { return admin_; },
         [this] { return reader_gone_; }, &in_, "box", user_, [this] { return now_; }});
  }

  // The path of a file with this content.
  std::string WriteFile(const std::string& name, const std::string& content) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  std::shared_ptr<::testing::NiceMock<client::MockConnection>> connection_ =
      std::make_shared<::testing::NiceMock<client::MockConnection>>();
  std::shared_ptr<::testing::NiceMock<client::MockAdminConnection>> admin_ =
      std::make_shared<::testing::NiceMock<client::MockAdminConnection>>();
  bool reader_gone_ = false;
  // The user by the system's own records.
  std::string user_;
  std::optional<int> columns_;
  std::map<std::string, std::string> variables_;
  absl::Time now_ = absl::UnixEpoch();
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;

 private:
  std::filesystem::path folder_;
};

}  // namespace codeset::ctl
