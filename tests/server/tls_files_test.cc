// Certificates, keys and authorities as files: what is refused, and by which words.
#include "server/tls_files.h"

#include <gtest/gtest.h>

#include "tests/server/certificates.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using testing::FailsWith;

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest() {
    const Issued issued = authority_.Issue("localhost");
    WriteFile(files_.certificate, issued.certificate);
    WriteFile(files_.key, issued.key);
    WriteFile(files_.client_ca, authority_.pem());
  }

  // That the files are refused by a message that names `path` and holds `why`.
  void ExpectRefused(const std::string& path, const std::string& why) {
    const absl::Status status = ReadTlsFiles(files_).status();
    EXPECT_TRUE(FailsWith(status, Reason::kArgumentInvalid, "the ", why));
    EXPECT_NE(status.message().find(path), absl::string_view::npos) << status;
  }

  TemporaryFolder folder_;
  const Authority authority_{"test authority"};
  TlsFiles files_{folder_.path() + "/cert.pem", folder_.path() + "/key.pem",
                  folder_.path() + "/ca.pem"};
};

TEST_F(TlsFilesTest, ReadsACertificateThatItsKeyFits) {
  const auto material = ReadTlsFiles(files_);
  ASSERT_TRUE(material.ok()) << material.status();
  EXPECT_EQ(material->client_ca, authority_.pem());
  files_.client_ca = "";
  EXPECT_FALSE(files_.mutual());
  EXPECT_EQ(ReadTlsFiles(files_)->client_ca, "");
}

TEST_F(TlsFilesTest, ReadsAChain) {
  const Issued issued = authority_.Issue("localhost");
  WriteFile(files_.certificate, issued.certificate + authority_.pem());
  WriteFile(files_.key, issued.key);
  EXPECT_TRUE(ReadTlsFiles(files_).ok());
  // The first certificate is the listener's.
  WriteFile(files_.certificate, authority_.pem() + issued.certificate);
  ExpectRefused(files_.key, "does not fit the certificate");
}

TEST_F(TlsFilesTest, NamesWhatIsNotThere) {
  for (const std::string* const path : {&files_.certificate, &files_.key, &files_.client_ca}) {
    std::filesystem::rename(*path, *path + ".away");
    ExpectRefused(*path, "cannot be read: No such file");
    std::filesystem::rename(*path + ".away", *path);
  }
  WriteFile(files_.key, std::string((1 << 20) + 1, 'x'));
  ExpectRefused(files_.key, "more than 1 MiB");
}

TEST_F(TlsFilesTest, NamesWhatIsNoCertificateAndNoKey) {
  const std::string key = ReadTlsFiles(files_)->key;
  WriteFile(files_.certificate, key);
  ExpectRefused(files_.certificate, "holds no certificate in PEM");
  WriteFile(files_.certificate, authority_.Issue("localhost").certificate);
  ExpectRefused(files_.key, "does not fit the certificate " + files_.certificate);
  WriteFile(files_.key, authority_.pem());
  ExpectRefused(files_.key, "holds no private key in PEM");
  WriteFile(files_.key, PemOf(NewKey().get(), "passphrase"));
  ExpectRefused(files_.key, "is encrypted");
}

TEST_F(TlsFilesTest, NamesWhatIsDamaged) {
  WriteFile(files_.client_ca, "");
  ExpectRefused(files_.client_ca, "holds no certificate in PEM");
  WriteFile(files_.client_ca,
            authority_.pem() + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  ExpectRefused(files_.client_ca, "is damaged after 1 certificates");
}

TEST_F(TlsFilesTest, RefusesACertificateOutOfItsTime) {
  const Issued expired = authority_.Issue("localhost", {-7200, -3600});
  WriteFile(files_.certificate, expired.certificate);
  WriteFile(files_.key, expired.key);
  ExpectRefused(files_.certificate, "expired on ");
  const Issued early = authority_.Issue("localhost", {3600, 7200});
  WriteFile(files_.certificate, early.certificate);
  WriteFile(files_.key, early.key);
  ExpectRefused(files_.certificate, "is not valid before ");
}

TEST_F(TlsFilesTest, WantsCertificateAndKeyTogether) {
  EXPECT_TRUE(CheckTlsFiles({}, "--tls").ok());
  EXPECT_TRUE(CheckTlsFiles(files_, "--tls").ok());
  EXPECT_TRUE(FailsWith(CheckTlsFiles({"c", "", ""}, "--tls"), Reason::kArgumentInvalid, "",
                        "name --tls-key"));
  EXPECT_TRUE(FailsWith(CheckTlsFiles({"", "", "ca"}, "--admin-tls"), Reason::kArgumentInvalid, "",
                        "name --admin-tls-cert and --admin-tls-key"));
}

}  // namespace
}  // namespace codeset::server
