namespace Openlayer.Interception.Tests.Compat;

public interface IGreeter
{
    string Greet();
}

public interface IParting
{
    string Part();
}

public class Greeter : IGreeter, IParting
{
    public virtual string Greet() => "hello";

    public virtual string Part() => "bye";

    public string GreetTwice() => "hello hello";
}

public sealed class ShoutingGreeter(IGreeter inner) : IGreeter
{
    public string Greet() => inner.Greet() + "!";
}

public sealed class DisposableGreeter : IGreeter, IDisposable
{
    public int Disposals { get; private set; }

    public string Greet() => "hello";

    public void Dispose() => Disposals++;
}

public interface IHandler<in TCommand>
{
    string Handle(TCommand command);
}

public class TextHandler : IHandler<string>
{
    public virtual string Handle(string command) => $"text {command}";
}

public class NumberHandler : IHandler<int>
{
    public virtual string Handle(int command) => $"number {command}";
}

public sealed class AnyHandler<TCommand> : IHandler<TCommand>
{
    public string Handle(TCommand command) => $"any {command}";
}
