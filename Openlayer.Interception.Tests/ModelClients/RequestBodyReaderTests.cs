using System.ClientModel;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Tests.ModelClients;

public sealed class RequestBodyReaderTests
{
    [Fact]
    public void A_body_is_read_as_JSON_and_can_still_be_sent()
    {
        using var body = BinaryContent.Create(BinaryData.FromString("""{"model":"small"}"""));

        Assert.Equal("small", RequestBodyReader.Read(body).GetProperty("model").GetString());

        using var sent = new MemoryStream();
        body.WriteTo(sent, TestContext.Current.CancellationToken);
        Assert.Equal("""{"model":"small"}""", Encoding.UTF8.GetString(sent.ToArray()));
    }

    [Fact]
    public void A_body_of_a_hidden_class_is_read() =>
        Assert.Equal(1, RequestBodyReader.Read(new HiddenBody("1")).GetInt32());

    [Fact]
    public void A_body_that_is_not_JSON_is_refused() => Assert.ThrowsAny<JsonException>(() => RequestBodyReader.Read(new HiddenBody("{")));

    [Fact]
    public void An_object_that_does_not_write_itself_is_refused_by_the_methods_name() =>
        Assert.Contains("WriteTo", Assert.Throws<MissingMethodException>(static () => RequestBodyReader.Read("body")).Message, StringComparison.Ordinal);

    private sealed class HiddenBody(string json) : BinaryContent
    {
        public override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        public override void WriteTo(Stream stream, CancellationToken cancellationToken) => stream.Write(Encoding.UTF8.GetBytes(json));

        public override Task WriteToAsync(Stream stream, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override void Dispose()
        {
        }
    }
}
