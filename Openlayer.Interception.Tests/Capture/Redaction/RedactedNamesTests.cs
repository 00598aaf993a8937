using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Tests.Capture.Redaction;

public sealed class RedactedNamesTests
{
    private static readonly string[] Secret =
    [
        "password", "Password", "PASSWORD", "userPassword", "UserPassword", "user_password", "PassWord", "passwordHash", "newPassword",
        "confirmPassword", "password1", "dbpassword", "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "passwords", "pwd", "Pwd", "DbPwd", "pass", "smtp_pass",
        "smtpPass", "passwd", "passphrase", "Passphrase", "passcode", "pin", "PIN", "userPin", "pinCode", "otp", "otpCode", "totp", "jwt", "JWT",
        "jwtToken", "token", "Token", "idToken", "id_token", "sasToken", "SASToken", "accessToken", "access-token", "ACCESS_TOKEN", "refreshToken",
        "bearerToken", "csrfToken", "X-CSRF-Token", "X-XSRF-TOKEN", "RequestVerificationToken", "__RequestVerificationToken", "authToken",
        "X-Auth-Token", "X-Vault-Token", "PRIVATE-TOKEN", "JOB-TOKEN", "X-Amz-Security-Token", "x-amz-security-token", "X-Shopify-Access-Token",
        "GITHUB_TOKEN", "SLACK_BOT_TOKEN", "HF_TOKEN", "NPM_TOKEN", "tokenValue", "tokenSecret", "apiKey", "ApiKey", "APIKey", "APIKEY", "apikey",
        "api_key", "api-key", "X-Api-Key", "x-api-key", "X-API-KEY", "OPENAI_API_KEY", "AnthropicApiKey", "x-rapidapi-key", "X-RapidAPI-Key",
        "x-goog-api-key", "Ocp-Apim-Subscription-Key", "ocp-apim-subscription-key", "subscriptionKey", "x-functions-key", "functionKey", "hostKey",
        "masterKey", "accountKey", "AccountKey", "accessKey", "AWS_SECRET_ACCESS_KEY", "awsSecretAccessKey", "secretKey", "SecretAccessKey",
        "privateKey", "private_key", "signingKey", "encryptionKey", "sharedAccessKey", "SharedAccessSignature", "sharedAccessSignature", "sharedKey",
        "storageAccountKey", "AzureStorageKey", "clientSecret", "client_secret", "ClientSecret", "client secret", "appSecret", "secret", "Secret",
        "secrets", "secretValue", "SecretString", "webhookSecret", "signingSecret", "credential", "credentials", "Credentials", "awsCredentials",
        "connectionString", "ConnectionString", "connection.string", "ConnectionStrings", "ConnectionStrings:Default", "connStr", "connString",
        "dbConnStr", "authorization", "Authorization", "Proxy-Authorization", "proxy_authorization", "cookie", "Cookie", "Set-Cookie", "set-cookie",
        "sessionCookie", "cookies", "Db:Password", "Db__Password", "Jwt:Key", "Jwt:SigningKey", "apıkey", "APIKEY", "ConnectionStrİng",
        "connectıonStrıng", "PASSWORD\u200b", "pass\u200bword", "ｐａｓｓｗｏｒｄ", "ＡＰＩＫｅｙ", "AUTHORİZATİON", "PİN", "pın", "credentıal", "sıgnıngKey",
        "sessionToken", "personalAccessToken", "deployKey", "licenseKey", "sshKey", "hmacKey", "auth", "X-Auth-Key", "_auth", "contraseña", "пароль",
        "密码", "authCode", "verificationCode", "dd-api-key", "DD-APPLICATION-KEY", "stripeKeySecret", "botToken", "deviceToken", "client_assertion",
        "secret_id", "admin-key", "$password", "@password", "password[0]", "user.password", "instrumentationKey",
    ];

    private static readonly string[] Harmless =
    [
        "Secretary", "secretary", "TokenCount", "tokenCount", "MaxTokens", "max_tokens", "PromptTokens", "prompt_tokens", "completion_tokens",
        "total_tokens", "tokens", "Tokens", "Tokenizer", "tokenizer", "Passenger", "passengers", "passed", "passRate", "passThrough", "bypass",
        "compass", "surpass", "firstPass", "Pinned", "pinned", "isPinned", "spin", "pinterest", "opinion", "Keyboard", "keyboard", "key", "keys",
        "Key", "primaryKey", "foreignKey", "publicKey", "keyName", "sortKey", "partitionKey", "cacheKey", "idempotencyKey", "Idempotency-Key",
        "author", "authority", "authorName", "Authorized", "isAuthorized", "name", "username", "user", "userId", "email", "maxToken", "nextToken",
        "nextPageToken", "continuationToken", "cancellationToken", "tokenType", "token_type", "tokenLimit", "tokenUsage", "max_output_tokens",
        "cached_tokens", "reasoning_tokens", "passwordLength", "PasswordPolicy", "passwordRequired", "hasPassword", "isSecret", "secretName",
        "credentialId", "cookieConsent", "cookieName", "CookiePolicy", "accessTokenExpiresAt", "apiKeyName", "apiKeyId", "connectionStringName",
        "connectionId", "connection", "session", "sessionId", "signature", "code", "status", "statusCode", "description", "passport",
        "passportNumber", "Sec-WebSocket-Key", "Content-Type", "Accept", "User-Agent", "traceparent", "otpimal", "photopin", "desktop", "hotpot",
        "jwtIssuer", "sasquatch", "pinboard", "tokenEndpoint", "authorizationUrl", "model", "temperature", "prompt", "messages",
        "authenticationMethod", "authType", "oauth", "keyVaultName", "bearerFormat", "isPasswordProtected", "passwordless", "Bearing", "authored",
        "cookiecutter", "Sass", "sassy", "topSecretary", "credentialed", "eos_token", "bos_token", "pad_token", "stopToken", "token_ids", "tokenId",
    ];

    private readonly RedactedNames _names = new(RedactedNames.Defaults);

    [Fact]
    public void The_names_of_secrets_match_in_any_casing_and_with_any_separators() => Assert.All(Secret, name => Assert.True(_names.Contains(name), name));

    [Fact]
    public void Names_that_only_share_letters_with_those_of_secrets_do_not_match() => Assert.All(Harmless, name => Assert.False(_names.Contains(name), name));

    [Fact]
    public void The_words_of_an_added_name_count_and_not_its_letters()
    {
        var names = new RedactedNames(["order", "tax id"]);

        Assert.All(["order", "lastOrder", "ORDER_2", "orders", "TaxId", "customer.tax-id"], name => Assert.True(names.Contains(name), name));
        Assert.All(["border", "reorder", "orderly", "syntaxId", "password"], name => Assert.False(names.Contains(name), name));
    }
}
