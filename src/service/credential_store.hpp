// SPDX-License-Identifier: Apache-2.0
#pragma once
// The credentials of devices in the store: looked up there when a handshake asks, PSKs encrypted by
// a SecretBox, what is public in plain. And the trust anchors for their certificates.
// Thread rule: that of the database. All may throw SqliteError, but what a handshake calls: there a
// database that cannot be read knows nobody.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linnet/server/credentials.hpp>

#include "secret_box.hpp"
#include "sqlite.hpp"

namespace linnet::service {

class CredentialStore final : public server::CredentialDirectory {
 public:
  /// Seconds since 1970.
  using Clock = std::function<std::int64_t()>;
  /// All outlive the store. REQUIRES: `migrate` was called on the database.
  CredentialStore(Sqlite& database, const SecretBox& box, Clock clock);

  /// Changes come in batches: all of one, or when it goes without `commit` nothing of it. Then what
  /// ended and came is told to the hooks.
  class Batch {
   public:
    explicit Batch(CredentialStore& store);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void commit();

   private:
    CredentialStore& store_;
    bool open_ = true;
  };

  enum class Others : std::uint8_t {
    Keep,     ///< besides what the endpoint has
    Refuse,   ///< a fault if the endpoint has another
    Replace,  ///< the only one from now on
  };
  enum class Change : std::uint8_t { None, Added, Replaced, Unchanged };
  struct Put {
    Change change = Change::None;  ///< `None` if there is a fault
    std::uint64_t id = 0;
    std::optional<server::CredentialFault> fault{};
  };
  /// `credential.id` means nothing. What is there already stays as it is, number and all.
  /// REQUIRES: a batch.
  Put put(const server::Credential& credential, Others others);
  /// How many there were. The endpoint is then barred, as it is when its last one goes by number.
  /// REQUIRES: a batch.
  std::size_t remove(std::string_view endpoint);
  /// Makes it unknown: barred no more. False if it was not. REQUIRES: a batch.
  bool forget(std::string_view endpoint);
  /// False if the endpoint has none of that number. REQUIRES: a batch.
  bool remove(std::string_view endpoint, std::uint64_t id);

  /// A credential without its key.
  struct Entry {
    server::Credential credential;
    std::size_t key_bytes = 0;  ///< Psk
    std::int64_t created = 0;   ///< seconds since 1970
  };
  [[nodiscard]] std::vector<Entry> of(std::string_view endpoint);
  /// The next ones by endpoint and number, from behind that pair.
  [[nodiscard]] std::vector<Entry> list(std::string_view after_endpoint, std::uint64_t after_id,
                                        std::size_t limit);
  [[nodiscard]] std::size_t size() const { return size_; }

  // Trust anchors: self-signed certificates of authorities, DER, by name.
  [[nodiscard]] std::vector<std::pair<std::string, std::vector<std::uint8_t>>> trust_anchors();
  void put_trust_anchor(std::string_view name, ByteView der);
  /// False if there is none.
  bool remove_trust_anchor(std::string_view name);

  /// No device may have the server's own key. [SEC-04] Any form of a public key.
  void set_own_key(ByteView public_key);
  /// Called with the number of each credential that ended, once it is written: whoever came with it
  /// has to go.
  void on_end(std::function<void(std::uint64_t)> hook) { on_end_ = std::move(hook); }
  /// Called with the endpoint, or pattern, of each credential that is new, once it is written.
  void on_add(std::function<void(std::string_view)> hook) { on_add_ = std::move(hook); }
  /// Called with each endpoint that is barred from now on, once it is written.
  void on_bar(std::function<void(std::string_view)> hook) { on_bar_ = std::move(hook); }
  /// Called when the trust anchors changed. What was proven with one that is gone is not known:
  /// sessions of certificates by name should begin anew.
  void on_trust_change(std::function<void()> hook) { on_trust_change_ = std::move(hook); }

  [[nodiscard]] secure::Proof strongest(std::string_view endpoint) override;
  [[nodiscard]] bool barred(std::string_view endpoint) override;
  std::optional<Found> find_psk(ByteView identity, MutableBytes key,
                                std::size_t& key_bytes) override;
  std::optional<Found> find_public_key(ByteView spki) override;
  std::optional<Found> find_certificate(const secure::CertificateView& certificate,
                                        std::string_view& reason) override;
  bool still_valid(std::uint64_t credential) override;
  /// Whether it may stand for several endpoints: then one of them says nothing about another.
  [[nodiscard]] bool is_pattern(std::uint64_t credential) const;

 private:
  using Mark = std::array<std::uint8_t, 32>;
  struct Row;

  [[nodiscard]] std::optional<server::CredentialFault> inspect(server::Credential& credential,
                                                               Mark& mark) const;
  [[nodiscard]] std::optional<server::CredentialFault> clash(const server::Credential& credential,
                                                             const Mark& mark, Others others);
  [[nodiscard]] std::optional<std::uint64_t> find_same(const server::Credential& credential,
                                                       const Mark& mark, std::size_t& others);
  void insert(const server::Credential& credential, const Mark& mark);
  void erase(std::uint64_t id);
  void bar(std::string_view endpoint);
  void load_patterns();
  [[nodiscard]] std::optional<Found> find_pinned(const secure::CertificateView& certificate,
                                                 std::string_view& reason, bool& decided);

  Sqlite& database_;
  const SecretBox& box_;
  Clock clock_;
  Statement by_identity_, by_mark_, by_endpoint_, kinds_, by_id_, barred_, insert_, delete_;
  std::size_t size_ = 0;
  std::uint64_t last_ = 0;
  std::optional<Mark> own_mark_;
  std::vector<std::pair<std::uint64_t, std::string>> patterns_;
  std::vector<std::uint64_t> ended_;
  std::vector<std::string> added_;
  std::vector<std::string> newly_barred_;
  std::string found_endpoint_;
  std::uint64_t found_ = 0;  // by `find_psk` lately, and nothing ended since
  std::function<void(std::uint64_t)> on_end_;
  std::function<void(std::string_view)> on_add_;
  std::function<void(std::string_view)> on_bar_;
  std::function<void()> on_trust_change_;
};

}  // namespace linnet::service
